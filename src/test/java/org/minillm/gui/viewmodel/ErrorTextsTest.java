package org.minillm.gui.viewmodel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.minillm.base.MiniLlmException.BadConfig;
import org.minillm.base.MiniLlmException.BadFormat;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.base.MiniLlmException.Busy;
import org.minillm.base.MiniLlmException.Diverged;
import org.minillm.base.MiniLlmException.OutOfBudget;
import org.minillm.generate.GenerateOptions;

class ErrorTextsTest {
  private static final Texts SPANISH = new Texts(Locale.forLanguageTag("es"));
  private static final Texts ENGLISH = new Texts(Locale.ENGLISH);

  private static String es(Throwable error) {
    return ErrorTexts.of(error, SPANISH);
  }

  @Test
  void everyKindIsSaidInSpanishFromItsFields() {
    assertEquals("m.bin, byte 1.024: roto", es(new BadFormat("m.bin", 1024, "roto")));
    assertEquals("m.bin: roto", es(new BadFormat("m.bin", -1, "roto")));
    assertEquals(
        "No cabe en la memoria: hacen falta 600 MB y se aceptan 435 de un presupuesto de 512 MB.",
        es(new OutOfBudget("x", 600L << 20, 435L << 20, 512L << 20, "")));
    assertEquals("a.b es 0; se admite: de 0,5 a 2.", es(new BadConfig("a.b", "0", "0.5 to 2")));
    assertEquals(
        "el mensaje tiene 300 tokens: en el contexto caben 128; acórtalo.",
        es(new BadInput("message of 300 tokens", "the context holds 128. Send a shorter one.")));
    assertEquals(
        "Abre antes un modelo o empieza un entrenamiento.",
        es(new BadInput("chat", "load a model first, or start a training")));
    assertEquals(
        "Ocupado: entrenando mío. Páusalo o páralo antes.", es(new Busy(List.of("training mío"))));
    assertFalse(es(new Diverged(1500, Double.NaN, true)).contains("NaN"));
    assertFalse(es(new Diverged(1, Double.NaN, false)).contains("guardado"));
    assertEquals("No existe x.txt.", es(new NoSuchFileException("x.txt")));
    assertEquals("El disco no respondió como debía: lleno", es(new IOException("lleno")));
    assertEquals("Algo salió mal: IllegalStateException", es(new IllegalStateException()));
    assertEquals(
        "Se dejó sin terminar: otra tarea ocupó su lugar.", es(new CancellationException()));
  }

  @Test
  void linesOfTheEngineFollowTheLanguage() {
    String trim = "guard trim: micro-batch 4 → 2, heap collected (310 -> 280 MB)";
    assertEquals("guardián: microlote 4 → 2, memoria recogida", EngineWords.of(trim, SPANISH));
    assertEquals("guard: micro-batch 4 → 2, heap collected", EngineWords.of(trim, ENGLISH));
    assertEquals(
        "2 minutos: no caben ni 50 pasos de la forma más pequeña; da más tiempo.",
        es(
            new BadInput(
                "2 minutes", "not even 50 steps of the smallest shape fit; give more time")));
    assertEquals("something new", EngineWords.of("something new", SPANISH));
    assertEquals("de 0 a 1.000", EngineWords.of("0 to 1000", SPANISH));
  }

  @Test
  void whatIsEasyToReachIsSaidInSpanish() {
    assertEquals("a.txt: no existe.", es(new BadInput("a.txt", "there is no such file")));
    assertEquals("tiny: ese modelo no existe.", es(new BadInput("tiny", "there is no such model")));
    assertEquals(
        "a.txt: se usó en el entrenamiento y ya no está o no se puede leer; devuélvelo a su sitio"
            + " para continuar.",
        es(
            new BadInput(
                "a.txt",
                "was trained on and is gone or cannot be read; put it back to go on with this"
                    + " run")));
    assertEquals(
        "a: es una carpeta; elige archivos.", es(new BadInput("a", "is a directory; give files")));
    assertEquals(
        "Ocupado: mirando la atención. Páusalo o páralo antes.",
        es(new Busy(List.of("inspecting the attention"))));
    assertEquals(
        "Ocupado: otro entrenamiento que escribe en /a. Páusalo o páralo antes.",
        es(new Busy(List.of("another training that writes into /a"))));
    assertEquals(
        "El disco no respondió como debía: en el disco de /a hay 1,5 MB libres, y los guardados de"
            + " este modelo ocupan 20,0 MB más",
        es(
            new IOException(
                "/a: its disk has 1.5 MB free, the checkpoints of this model take 20.0 MB more")));
    assertEquals(
        "El disco no respondió como debía: la copia ocupa 2.000 bytes y hay 10 libres en /a",
        es(new IOException("a copy needs 2000 bytes and 10 are free in /a")));
    assertEquals(
        "El disco no respondió como debía: no hay permiso para crear la carpeta /a",
        es(new IOException("/a: the directory cannot be made here (permission denied)")));
  }

  @Test
  void eventsOfARunFollowTheLanguage() {
    String back =
        "diverged at step 1200 (loss NaN after 2.31, gradient norm NaN): back to step 1000,"
            + " learning rate × 0.5, the data of 200 steps is left out";
    assertEquals(
        "Divergió en el paso 1.200: vuelve al paso 1.000, tasa de aprendizaje × 0,5, otros datos",
        EngineWords.of(back, SPANISH));
    assertEquals(
        "Diverged at step 8 after 3 returns: gave up",
        EngineWords.of(
            "diverged at step 8 (loss NaN after 2.31, gradient norm NaN) after 3 returns; gave up",
            ENGLISH));
    assertEquals(
        "Parada temprana en el paso 90: sin mejora en 3 evaluaciones",
        EngineWords.of(
            "stopped early at step 90: no better validation loss in 3 evaluations; the best model"
                + " is in checkpoints/best",
            SPANISH));
    assertEquals(
        "Parada temprana en el paso 90: sin mejora en 3 evaluaciones; el modelo es el mejor",
        EngineWords.of(
            "stopped early at step 90: no better validation loss in 3 evaluations; the run's model"
                + " is the best one",
            SPANISH));
    assertEquals(
        "Continúa desde el paso 8; no hay paso anotado: no queda probado que los bits sean los"
            + " mismos",
        EngineWords.of(
            "resumed from step 8; no step was recorded: not proven that the bits are the same",
            SPANISH));
    assertEquals(
        "Divergió en el paso 1, antes del primer punto de control: se deja",
        EngineWords.of(
            "diverged at step 1 (loss NaN after NaN, gradient norm NaN) before the first"
                + " checkpoint; gave up",
            SPANISH));
    assertEquals(
        "Paso 8 calculado de nuevo: idéntico",
        EngineWords.of("step 8 replayed: identical", SPANISH));
    assertEquals(
        "guardián: microlote 4 → 2, acumulación 1 → 2, memoria recogida",
        EngineWords.of(
            "guard trim: micro-batch 4 → 2, accumulation 1 → 2, heap collected (310 -> 280 MB)",
            SPANISH));
  }

  @Test
  void samplingIsTypedWithACommaOrAPointAndChecked() {
    GenerateOptions options = GenerateOptions.defaults();
    assertEquals(0.7f, SamplingField.TEMPERATURE.with(options, "0,7").temperature());
    assertEquals(0.7f, SamplingField.TEMPERATURE.with(options, "0.7").temperature());
    assertEquals("0,5", SamplingField.TEMPERATURE.text(options, SPANISH));
    assertEquals("0.5", SamplingField.TEMPERATURE.text(options, ENGLISH));
    assertThrows(BadConfig.class, () -> SamplingField.TOP_P.with(options, "1,5"));
    assertThrows(BadConfig.class, () -> SamplingField.TOP_K.with(options, "4.0"));
    assertThrows(BadConfig.class, () -> SamplingField.SEED.with(options, "abc"));
    assertEquals(42, SamplingField.SEED.with(options, "42").seed());
  }

  @Test
  void presetsKeepLengthAndSeed() {
    GenerateOptions typed = GenerateOptions.defaults().withMaxTokens(9).withSeed(3);
    for (SamplingPreset preset : SamplingPreset.values()) {
      GenerateOptions set = preset.on(typed);
      assertEquals(9, set.maxTokens());
      assertEquals(3, set.seed());
      for (SamplingPreset other : SamplingPreset.values()) {
        assertEquals(other == preset, other.matches(set), preset + " and " + other);
      }
    }
  }
}
