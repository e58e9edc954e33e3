import java.nio.file.Path;
import org.minillm.MiniLlm;
import org.minillm.base.RunControl;
import org.minillm.generate.GenerateOptions;

/** A text piece by piece, through a callback; a conversation; and a text that is ended early. */
public class Streaming {
  public static void main(String[] args) throws Exception {
    Path path = Path.of(args.length > 0 ? args[0] : "models/starter.gguf");
    GenerateOptions options =
        GenerateOptions.defaults().withMaxTokens(48).withTemperature(0.7f).withSeed(1);
    try (MiniLlm model = MiniLlm.load(path)) {
      var made = model.generate("Había una vez", options, System.out::print, new RunControl());
      System.out.printf("%n[%d tokens, %s]%n", made.tokens(), made.stopReason());

      var chat = model.chat("");
      var answer = chat.reply("Hola, ¿cómo estás?", options, piece -> {}, new RunControl());
      System.out.println(answer.text());

      // A control belongs to one text; cancelling it ends the text before its next token.
      RunControl control = new RunControl();
      StringBuilder heard = new StringBuilder();
      var cut =
          model.generate(
              "Once upon a time",
              options,
              piece -> {
                if (heard.append(piece).length() > 20) {
                  control.cancel();
                }
              },
              control);
      System.out.println(cut.text() + " [" + cut.stopReason() + "]");
    }
  }
}
