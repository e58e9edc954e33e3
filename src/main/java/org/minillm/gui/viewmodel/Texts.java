package org.minillm.gui.viewmodel;

import java.text.MessageFormat;
import java.util.Locale;
import java.util.ResourceBundle;
import javafx.beans.binding.Bindings;
import javafx.beans.binding.StringBinding;
import javafx.beans.property.ReadOnlyObjectProperty;
import javafx.beans.property.ReadOnlyObjectWrapper;
import org.minillm.base.MemoryBudget;

/** The window's texts in Spanish and English; bound texts follow a change of language at once. */
public final class Texts {
  /** The languages of the window. */
  public static final Locale SPANISH = Locale.forLanguageTag("es");

  public static final Locale ENGLISH = Locale.ENGLISH;
  private static final String BUNDLE = "org.minillm.gui.texts";

  private final ReadOnlyObjectWrapper<Locale> locale;
  private ResourceBundle bundle;

  /** Spanish for a Spanish system, else English. */
  public Texts(Locale system) {
    Locale first = system.getLanguage().equals("es") ? SPANISH : ENGLISH;
    bundle = load(first);
    locale = new ReadOnlyObjectWrapper<>(first);
  }

  public ReadOnlyObjectProperty<Locale> localeProperty() {
    return locale.getReadOnlyProperty();
  }

  /** Changes the language: Spanish, or English for any other. */
  public void setLocale(Locale value) {
    bundle = load(value);
    locale.set(value);
  }

  /** A text now; numbers among the arguments in the language's form. */
  public String get(String key, Object... arguments) {
    String pattern = bundle.getString(key);
    return arguments.length == 0
        ? pattern
        : new MessageFormat(pattern.replace("'", "''"), locale.get()).format(arguments);
  }

  /** A text that follows the language. */
  public StringBinding bind(String key) {
    return Bindings.createStringBinding(() -> get(key), locale);
  }

  /** A number with that many decimals in the language's form; a dash where there is none. */
  public String number(double value, int decimals) {
    return Double.isNaN(value) ? "–" : String.format(locale.get(), "%,." + decimals + "f", value);
  }

  /** Parameters in millions, without the unit: "6,3", and of less than one "0,17". */
  public String millions(long parameters) {
    return number(parameters / 1e6, parameters < 1_000_000 ? 2 : 1);
  }

  /** A file's size or the like in megabytes of 1,048,576 bytes, without the unit. */
  public String megabytes(double bytes, int decimals) {
    return number(bytes / MemoryBudget.MB, decimals);
  }

  /** A file's size with its unit: "43 kB", "1,2 MB". */
  public String size(long bytes) {
    return bytes < MemoryBudget.MB
        ? number(Math.ceil(bytes / 1024.0), 0) + " kB"
        : megabytes(bytes, 1) + " MB";
  }

  /** A small number as "7,2e-4"; a dash where there is none. */
  public String scientific(double value) {
    return Double.isNaN(value)
        ? "–"
        : String.format(locale.get(), "%.1e", value).replaceFirst("e([-+])0", "e$1");
  }

  /** A time in the unit that suits it: "45 s", "18 min", "2 h 5 min"; a dash for none. */
  public String duration(long seconds) {
    return seconds < 0
        ? "–"
        : seconds < 120
            ? seconds + " s"
            : seconds < 7200
                ? seconds / 60 + " min"
                : seconds / 3600 + " h " + seconds % 3600 / 60 + " min";
  }

  private static ResourceBundle load(Locale value) {
    return ResourceBundle.getBundle(
        BUNDLE,
        value,
        ResourceBundle.Control.getNoFallbackControl(ResourceBundle.Control.FORMAT_PROPERTIES));
  }
}
