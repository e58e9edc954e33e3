import org.minillm.Config;
import org.minillm.MiniLlm;
import org.minillm.tokenizer.SimpleTokenizer;

/** The quick start of the README this project began from, line for line. */
public class QuickUse {
  public static void main(String[] args) {
    // Configurar modelo pequeño
    var config = new Config(/* vocabSize= */ 10000, /* dModel= */ 256, /* nLayers= */ 4, /* nHeads= */ 4);

    // Crear modelo
    var model = new MiniLlm(config);
    var tokenizer = new SimpleTokenizer();

    // Generar texto
    var prompt = "Una vez upon a time";
    var tokens = tokenizer.encode(prompt);
    var generated = model.generate(tokens, /* maxTokens= */ 50);
    // A fresh model guesses among 10,000 ids; the tokenizer knows its own alphabet.
    var known = java.util.Arrays.stream(generated).filter(id -> id < tokenizer.vocabSize()).toArray();
    var text = tokenizer.decode(known);

    System.out.println(text);
  }
}
