package org.minillm.gui;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import javafx.application.Application;
import javafx.css.CompoundSelector;
import javafx.css.Rule;
import javafx.css.Selector;
import javafx.css.SimpleSelector;
import javafx.css.StyleConverter.StringStore;
import javafx.css.Stylesheet;
import javafx.scene.control.Control;

/**
 * What controls look like before the window's own style sheet: JavaFX's sheet without the rules for
 * controls that this window does not have. Those are three quarters of it, and the first frame
 * waits until all rules are read. The build makes it, from the sheet of the JavaFX it builds with.
 */
public final class ControlStyles {
  private static final String SHEET = "controls.bss";
  private static final String WHOLE = "/com/sun/javafx/scene/control/skin/modena/modena.bss";

  /** Style classes of controls that this window does not have; with a * all that begin so. */
  private static final List<String> ABSENT =
      List.of(
          "accordion",
          "area-legend-symbol",
          "axis*",
          "bar-*",
          "bubble-*",
          "center-pill",
          "chart*",
          "check-box-table-cell",
          "check-box-tree-cell",
          "choice-box",
          "color-*",
          "column-*",
          "custom-color-dialog",
          "date-*",
          "default-color*",
          "filler",
          "fxvk*",
          "hover-square",
          "html-editor*",
          "hyperlink",
          "left-pill",
          "line-legend-symbol",
          "menu-bar*",
          "negative",
          "nested-column-header",
          "page-information",
          "pagination*",
          "pie-legend-symbol",
          "progress-*",
          "right-pill",
          "spinner*",
          "split-*",
          "stacked-bar-chart",
          "tab",
          "tab-*",
          "table-*",
          "titled-pane",
          "toggle-button",
          "tool-bar*",
          "tree-*",
          "web-view");

  private ControlStyles() {}

  /**
   * Lets the application's controls have them; on the UI thread, before the first is made. Where
   * the build has made none, JavaFX's own sheet holds.
   */
  static void use() {
    URL sheet = ControlStyles.class.getResource(SHEET);
    if (sheet != null) {
      Application.setUserAgentStylesheet(sheet.toString());
    }
  }

  /** Whether a selector is for a control that this window does not have. */
  static boolean absent(Selector selector) {
    Stream<SimpleSelector> parts =
        selector instanceof CompoundSelector compound
            ? compound.getSelectors().stream()
            : Stream.of((SimpleSelector) selector);
    return parts.flatMap(part -> part.getStyleClasses().stream()).anyMatch(ControlStyles::absent);
  }

  private static boolean absent(String styleClass) {
    return ABSENT.stream()
        .anyMatch(
            name ->
                name.endsWith("*")
                    ? styleClass.startsWith(name.substring(0, name.length() - 1))
                    : styleClass.equals(name));
  }

  /** JavaFX's own sheet. */
  static Stylesheet whole() throws IOException {
    return Stylesheet.loadBinary(Objects.requireNonNull(Control.class.getResource(WHOLE)));
  }

  /**
   * Makes the sheet; for the build.
   *
   * @param args the directory of the compiled classes
   */
  public static void main(String[] args) throws IOException, ReflectiveOperationException {
    Stylesheet sheet = whole();
    for (Rule rule : sheet.getRules()) {
      rule.getSelectors().removeIf(ControlStyles::absent);
    }
    sheet.getRules().removeIf(rule -> rule.getSelectors().isEmpty());
    write(sheet, Path.of(args[0], "org/minillm/gui", SHEET));
  }

  /** As Stylesheet.convertToBinary, which takes nothing but a file of text. */
  private static void write(Stylesheet sheet, Path file)
      throws IOException, ReflectiveOperationException {
    Field version = Stylesheet.class.getDeclaredField("BINARY_CSS_VERSION");
    Method writeRules =
        Stylesheet.class.getDeclaredMethod(
            "writeBinary", DataOutputStream.class, StringStore.class);
    Method writeStrings =
        StringStore.class.getDeclaredMethod("writeBinary", DataOutputStream.class);
    version.setAccessible(true);
    writeRules.setAccessible(true);
    writeStrings.setAccessible(true);
    StringStore strings = new StringStore();
    ByteArrayOutputStream rules = new ByteArrayOutputStream();
    writeRules.invoke(sheet, new DataOutputStream(rules), strings);
    try (DataOutputStream out =
        new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file)))) {
      out.writeShort(version.getInt(null));
      writeStrings.invoke(strings, out);
      rules.writeTo(out);
    }
  }
}
