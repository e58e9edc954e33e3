import java.nio.file.Path;
import org.minillm.MiniLlm;
import org.minillm.generate.GenerateOptions;

/** Three lines: load, generate, print. */
public class ThreeLines {
  public static void main(String[] args) throws Exception {
    try (var model = MiniLlm.load(Path.of("models/starter.gguf"))) {
      System.out.println(model.generate("Había una vez", GenerateOptions.defaults()).text());
    }
  }
}
