package org.minillm.gui;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.net.URL;
import java.util.List;
import java.util.stream.Stream;
import javafx.css.Declaration;
import javafx.css.Stylesheet;
import org.junit.jupiter.api.Test;

class ControlStylesTest {
  private static Stylesheet made() throws IOException {
    URL sheet = ControlStyles.class.getResource("controls.bss");
    assertNotNull(sheet, "the build makes it in the phase process-classes");
    return Stylesheet.loadBinary(sheet);
  }

  /** A selector with the properties it sets, for each that is not left out. */
  private static List<String> rules(Stylesheet sheet) {
    return sheet.getRules().stream()
        .flatMap(
            rule ->
                rule.getSelectors().stream()
                    .filter(selector -> !ControlStyles.absent(selector))
                    .map(
                        selector ->
                            selector
                                + rule.getDeclarations().stream()
                                    .map(Declaration::getProperty)
                                    .toList()
                                    .toString()))
        .toList();
  }

  @Test
  void theRulesOfTheWindowsControlsAreThoseOfJavaFx() throws IOException {
    List<String> kept = rules(made());
    assertEquals(rules(ControlStyles.whole()), kept);
    for (String styleClass : List.of("button", "text-area", "combo-box-popup", "dialog-pane")) {
      assertTrue(kept.stream().anyMatch(rule -> rule.contains("." + styleClass)), styleClass);
    }
  }

  @Test
  void mostOfJavaFxsRulesAreLeftOut() throws IOException {
    int whole = ControlStyles.whole().getRules().size();
    assertTrue(made().getRules().size() < whole / 3, "of " + whole);
    assertFalse(
        made().getRules().stream()
            .flatMap(rule -> rule.getSelectors().stream())
            .anyMatch(ControlStyles::absent));
  }

  /** Who takes one of these takes its style classes from the list in ControlStyles. */
  @Test
  void theWindowHasNoControlWhoseRulesAreLeftOut() {
    String[] absent =
        Stream.of(
                "Accordion",
                "ChoiceBox",
                "ColorPicker",
                "DatePicker",
                "Hyperlink",
                "MenuBar",
                "Pagination",
                "ProgressBar",
                "ProgressIndicator",
                "Spinner",
                "SplitMenuButton",
                "SplitPane",
                "TabPane",
                "TableView",
                "TitledPane",
                "ToolBar",
                "TreeTableView",
                "TreeView")
            .map(name -> "javafx.scene.control." + name)
            .toArray(String[]::new);
    var classes =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("org.minillm.gui");
    for (String control : absent) {
      noClasses().should().dependOnClassesThat().haveFullyQualifiedName(control).check(classes);
    }
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAPackage("javafx.scene.chart..")
        .check(classes);
    noClasses()
        .should()
        .callConstructor(javafx.scene.control.ToggleButton.class)
        .orShould()
        .callConstructor(javafx.scene.control.ToggleButton.class, String.class)
        .check(classes);
  }
}
