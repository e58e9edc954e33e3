package org.minillm.gui.viewmodel;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.stream.IntStream;
import javafx.beans.property.ReadOnlyObjectProperty;
import javafx.beans.property.ReadOnlyObjectWrapper;
import org.minillm.app.MetricsPoint;
import org.minillm.app.MetricsReader;
import org.minillm.app.MiniLlmApp;

/** Runs on disk: their curves to lie behind the present one, and their sample texts by step. */
public final class RunsViewModel {
  /** Runs that can lie behind at a time. */
  public static final int MOST_COMPARED = 3;

  private static final int MOST_SAMPLES = 512;

  /** A run on disk. */
  public record Run(Path dir, String name) {
    static Run of(Path dir) {
      return new Run(dir, String.valueOf(dir.getFileName()));
    }
  }

  /**
   * What a model wrote after a step.
   *
   * @param texts one a prompt, in the same order at every step
   */
  public record SampleStep(long step, List<String> texts) {}

  private final MiniLlmApp app;
  private final ChartViewModel chart;
  private final Executor ui;
  private final Executor background;
  private final ReadOnlyObjectWrapper<List<Run>> runs = new ReadOnlyObjectWrapper<>(List.of());
  private final ReadOnlyObjectWrapper<List<SampleStep>> samples =
      new ReadOnlyObjectWrapper<>(List.of());
  private final ReadOnlyObjectWrapper<List<String>> prompts =
      new ReadOnlyObjectWrapper<>(List.of());
  private final ReadOnlyObjectWrapper<Optional<Path>> sampled =
      new ReadOnlyObjectWrapper<>(Optional.empty());
  private final ReadOnlyObjectWrapper<Optional<Throwable>> failure =
      new ReadOnlyObjectWrapper<>(Optional.empty());
  private final Map<Path, ChartViewModel.ComparedRun> compared = new LinkedHashMap<>();

  /** Reads on in the sampled run's file; only the background uses it. */
  private MetricsReader reader = MetricsReader.of(Path.of(""));

  /**
   * @param ui runs what changes properties
   * @param background runs what reads the disk, one after the other
   */
  RunsViewModel(MiniLlmApp app, ChartViewModel chart, Executor ui, Executor background) {
    this.app = app;
    this.chart = chart;
    this.ui = ui;
    this.background = background;
  }

  /** As of the last {@link #refresh}, newest first. */
  public ReadOnlyObjectProperty<List<Run>> runsProperty() {
    return runs.getReadOnlyProperty();
  }

  /** The sample texts by step, of {@link #sampledProperty}. */
  public ReadOnlyObjectProperty<List<SampleStep>> samplesProperty() {
    return samples.getReadOnlyProperty();
  }

  /** What the sample texts begin with, in their order; empty while no checkpoint says it. */
  public ReadOnlyObjectProperty<List<String>> promptsProperty() {
    return prompts.getReadOnlyProperty();
  }

  /** The run whose texts are shown. */
  public ReadOnlyObjectProperty<Optional<Path>> sampledProperty() {
    return sampled.getReadOnlyProperty();
  }

  /** Why a run could not be read; empty after one that could. */
  public ReadOnlyObjectProperty<Optional<Throwable>> failureProperty() {
    return failure.getReadOnlyProperty();
  }

  /** Looks for runs again. */
  public void refresh() {
    background.execute(
        () -> {
          List<Run> found = app.training().runs().stream().map(Run::of).toList();
          ui.execute(() -> runs.set(found));
        });
  }

  /** Whether a run lies behind the curve. */
  public boolean isCompared(Run run) {
    return compared.containsKey(run.dir());
  }

  /** Whether one more can. */
  public boolean mayCompareMore() {
    return compared.size() < MOST_COMPARED;
  }

  /** Puts a run behind the curve, or takes it away. */
  public void setCompared(Run run, boolean value) {
    if (!value) {
      compared.remove(run.dir());
      chart.setCompared(List.copyOf(compared.values()));
    } else if (mayCompareMore() && !isCompared(run)) {
      int color =
          IntStream.range(0, MOST_COMPARED)
              .filter(c -> compared.values().stream().noneMatch(each -> each.color() == c))
              .findFirst()
              .orElse(0);
      Curve curve = new Curve();
      compared.put(run.dir(), new ChartViewModel.ComparedRun(run.name(), curve, color));
      readThen(run.dir(), curve, () -> chart.setCompared(List.copyOf(compared.values())));
    }
  }

  /** Reads a run into a curve that nobody sees yet, then acts on the UI's thread. */
  void readThen(Path run, Curve into, Runnable then) {
    background.execute(
        () -> {
          Optional<Throwable> problem = Optional.empty();
          try {
            MetricsReader.of(run).read(into::add);
          } catch (IOException e) {
            problem = Optional.of(e);
          }
          Optional<Throwable> told = problem;
          ui.execute(
              () -> {
                failure.set(told);
                then.run();
              });
        });
  }

  /** Shows the sample texts of a run, or what has been added since. */
  public void showSamples(Path run) {
    boolean other = !sampled.get().equals(Optional.of(run));
    if (other) {
      sampled.set(Optional.of(run));
      samples.set(List.of());
      prompts.set(List.of());
    }
    readPrompts(run);
    background.execute(
        () -> {
          if (other) {
            reader = MetricsReader.of(run);
          }
          List<SampleStep> found = new ArrayList<>();
          try {
            reader.read(
                new MetricsReader.Sink() {
                  @Override
                  public void point(MetricsPoint point) {}

                  @Override
                  public void samples(long step, List<String> texts) {
                    found.add(new SampleStep(step, texts));
                    thin(found);
                  }
                });
          } catch (NoSuchFileException e) {
            return; // a run that has not begun to write
          } catch (IOException e) {
            ui.execute(() -> failure.set(Optional.of(e)));
          }
          ui.execute(
              () -> {
                if (!found.isEmpty() && sampled.get().equals(Optional.of(run))) {
                  samples.set(joined(samples.get(), found));
                }
              });
        });
  }

  private void readPrompts(Path run) {
    if (prompts.get().isEmpty()) {
      background.execute(
          () -> {
            List<String> found = app.training().samplePrompts(run);
            ui.execute(
                () -> {
                  if (sampled.get().equals(Optional.of(run))) {
                    prompts.set(found);
                  }
                });
          });
    }
  }

  /** A run that went back to a checkpoint wrote some steps again: the later text counts. */
  private static List<SampleStep> joined(List<SampleStep> before, List<SampleStep> more) {
    List<SampleStep> all = new ArrayList<>(before);
    for (SampleStep each : more) {
      all.removeIf(s -> s.step() >= each.step());
      all.add(each);
    }
    thin(all);
    return List.copyOf(all);
  }

  /** Every other one of a long run: what changes from step to step is little by then. */
  private static void thin(List<SampleStep> samples) {
    if (samples.size() > MOST_SAMPLES) {
      List<SampleStep> kept = new ArrayList<>();
      for (int i = 0; i < samples.size(); i += 2) {
        kept.add(samples.get(i));
      }
      samples.clear();
      samples.addAll(kept);
    }
  }
}
