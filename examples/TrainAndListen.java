import java.nio.file.Path;
import java.util.List;
import org.minillm.app.AppConfig;
import org.minillm.app.FrontEnd;
import org.minillm.app.MetricsPoint;
import org.minillm.app.MiniLlmApp;
import org.minillm.app.Preset;
import org.minillm.app.TrainingListener;
import org.minillm.app.TrainingRequest;
import org.minillm.MiniLlm;
import org.minillm.generate.GenerateOptions;

/** Trains a tiny model on a text, follows it with a listener, and lets the result speak. */
public class TrainAndListen {
  public static void main(String[] args) throws Exception {
    Path text = Path.of(args.length > 0 ? args[0] : "models/starter-corpus/cuentos.txt");
    Path out = Path.of(args.length > 1 ? args[1] : "models/tiny");
    long steps = args.length > 2 ? Long.parseLong(args[2]) : 200;

    AppConfig defaults = AppConfig.defaults();
    AppConfig config =
        defaults
            .withHyperparameters(Preset.NANO.hyperparameters())
            .withTraining(Preset.NANO.training(defaults.training()).forSteps(steps));
    TrainingRequest request =
        new TrainingRequest(
            "tiny", List.of(text), out, config, FrontEnd.COMMAND_LINE, false, List.of());

    // Reads the machine's memory, guards the budget, and runs the training on a thread of its own.
    try (MiniLlmApp app = MiniLlmApp.open(Path.of("config.json"), config, FrontEnd.COMMAND_LINE)) {
      System.out.println(app.training().plan(request).text());
      app.training()
          .listen(
              new TrainingListener() {
                @Override
                public void onPoint(MetricsPoint point) { // on the training's thread: be quick
                  if (point.step() % 20 == 0) {
                    System.out.printf("step %d: loss %.3f%n", point.step(), point.loss());
                  }
                }
              });
      app.training().start(request);
      while (!app.training().await(1000)) {
        // Here a program would do something else, or call app.training().stop().
      }
      System.out.println(app.training().snapshot().orElseThrow().state());
    }
    try (MiniLlm model = MiniLlm.load(out)) {
      System.out.println(model.generate("Había una vez", GenerateOptions.defaults()).text());
    }
  }
}
