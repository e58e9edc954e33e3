import javafx.application.Application;
import javafx.scene.Scene;
import javafx.scene.control.Label;
import javafx.scene.layout.StackPane;
import javafx.stage.Stage;

/** The least a JavaFX window can be, to compare the start of ours with: one line of text. */
public final class EmptyWindow extends Application {
  @Override
  public void start(Stage stage) {
    stage.setScene(new Scene(new StackPane(new Label("Mini-LLM")), 1366, 768));
    stage.show();
  }

  /** Started through a class that is no Application: JavaFX on the module path needs no more. */
  public static final class Main {
    public static void main(String[] args) {
      Application.launch(EmptyWindow.class);
    }
  }
}
