package org.minillm.gui.viewmodel;

import java.text.MessageFormat;
import java.util.Locale;
import java.util.ResourceBundle;
import javafx.beans.binding.Bindings;
import javafx.beans.binding.StringBinding;
import javafx.beans.property.ReadOnlyObjectProperty;
import javafx.beans.property.ReadOnlyObjectWrapper;

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

  private static ResourceBundle load(Locale value) {
    return ResourceBundle.getBundle(
        BUNDLE,
        value,
        ResourceBundle.Control.getNoFallbackControl(ResourceBundle.Control.FORMAT_PROPERTIES));
  }
}
