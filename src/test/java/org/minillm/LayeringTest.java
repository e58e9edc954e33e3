package org.minillm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.minillm.planted.model.PlantedViolation;

/** The layering table of the design: which room may import which. */
class LayeringTest {
  private static final String ROOT = "org.minillm";

  /** room → rooms it may import; {@code X:records} means X's public records and enums only. */
  private static final Map<String, List<String>> TABLE = new LinkedHashMap<>();

  static {
    TABLE.put("base", List.of());
    TABLE.put("kernel", List.of("base"));
    TABLE.put("ndarray", List.of("kernel", "base"));
    TABLE.put("tokenizer", List.of("base"));
    TABLE.put("model", List.of("ndarray", "kernel", "base"));
    TABLE.put("format", List.of("model", "tokenizer", "ndarray", "base"));
    TABLE.put("generate", List.of("model", "ndarray", "kernel", "base"));
    TABLE.put(
        "train", List.of("format", "model", "generate", "tokenizer", "ndarray", "kernel", "base"));
    TABLE.put(
        "",
        List.of("train", "format", "model", "generate", "tokenizer", "ndarray", "kernel", "base"));
    TABLE.put(
        "app", List.of("", "train", "format", "model", "generate", "tokenizer", "ndarray", "base"));
    TABLE.put(
        "server",
        List.of(
            "app",
            "",
            "base",
            "generate:records",
            "train:records",
            "model:records",
            "tokenizer:records"));
    TABLE.put(
        "cli",
        List.of(
            "server",
            "app",
            "",
            "base",
            "generate:records",
            "train:records",
            "model:records",
            "tokenizer:records"));
    TABLE.put(
        "gui",
        List.of(
            "app",
            "server",
            "",
            "base",
            "generate:records",
            "train:records",
            "model:records",
            "tokenizer:records"));
    TABLE.put("launch", List.of("cli", "gui", "base"));
  }

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(ROOT);

  @Test
  void everyRoomImportsOnlyWhatTheTableAllows() {
    for (String room : TABLE.keySet()) {
      ruleFor(ROOT, room).check(CLASSES);
    }
  }

  @Test
  void everyPackageIsInTheTable() {
    for (JavaClass type : CLASSES) {
      assertTrue(
          TABLE.containsKey(roomOf(ROOT, type)),
          type.getName() + " lives in a room without a rule");
    }
  }

  @Test
  void viewModelsKnowNoViewAndNoScene() {
    ArchRuleDefinition.noClasses()
        .that()
        .resideInAPackage(ROOT + ".gui.viewmodel..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(ROOT + ".gui.view..", "javafx.scene..", "javafx.stage..")
        .check(CLASSES);
  }

  @Test
  void theCorpusGeneratorKnowsNeitherModelsNorTheRestOfTheApplication() {
    ArchRuleDefinition.noClasses()
        .that()
        .resideInAPackage(ROOT + ".app.corpus..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            ROOT, ROOT + ".app", ROOT + ".model..", ROOT + ".generate..", ROOT + ".tokenizer..")
        .check(CLASSES);
  }

  @Test
  void onlyKernelsKnowTheVectorApi() {
    ArchRuleDefinition.noClasses()
        .that()
        .resideOutsideOfPackage(ROOT + ".kernel..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("jdk.incubator.vector..")
        .check(CLASSES);
  }

  @Test
  void onlyTheReadersOfTextsKnowTheLibrariesOfFormats() {
    ArchRuleDefinition.noClasses()
        .that()
        .resideOutsideOfPackage(ROOT + ".train.text..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.jsoup..", "org.apache.commons.csv..", "org.apache.pdfbox..")
        .check(CLASSES);
    ArchRuleDefinition.noClasses()
        .that()
        .resideOutsideOfPackage(ROOT + ".train.text..")
        .and()
        .haveNameNotMatching(ROOT.replace(".", "\\.") + "\\.gui\\.viewmodel\\.Markdown(\\$.*)?")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.commonmark..") // the window shows answers as Markdown
        .check(CLASSES);
  }

  @Test
  void readersOfTextsKnowNothingOfTraining() {
    ArchRuleDefinition.noClasses()
        .that()
        .resideInAPackage(ROOT + ".train.text..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(ROOT + ".train", ROOT + ".model..", ROOT + ".format..")
        .check(CLASSES);
  }

  @Test
  void aPlantedViolationIsCaught() {
    JavaClasses planted = new ClassFileImporter().importPackages("org.minillm.planted");
    ArchRule rule = ruleFor("org.minillm.planted", "model");
    assertTrue(rule.evaluate(planted).hasViolation(), PlantedViolation.class + " went unseen");
    assertEquals(
        "app", roomOf("org.minillm.planted", planted.get("org.minillm.planted.app.Upper")));
    assertFalse(ruleFor("org.minillm.planted", "app").evaluate(planted).hasViolation());
  }

  private static ArchRule ruleFor(String root, String room) {
    List<String> allowed = new ArrayList<>(TABLE.getOrDefault(room, List.of()));
    allowed.add(room);
    return ArchRuleDefinition.noClasses()
        .that(
            new DescribedPredicate<>("live in room '" + room + "'") {
              @Override
              public boolean test(JavaClass type) {
                return roomOf(root, type).equals(room);
              }
            })
        .should()
        .dependOnClassesThat(
            new DescribedPredicate<>("live in a room that the table forbids") {
              @Override
              public boolean test(JavaClass type) {
                if (!type.getPackageName().startsWith(root)) {
                  return false;
                }
                String target = roomOf(root, type);
                boolean data = type.isRecord() || type.isEnum() || type.isInterface();
                return !allowed.contains(target)
                    && !(data && allowed.contains(target + ":records"));
              }
            })
        .allowEmptyShould(true);
  }

  private static String roomOf(String root, JavaClass type) {
    String name = type.getPackageName();
    if (name.equals(root)) {
      return "";
    }
    String rest = name.substring(root.length() + 1);
    int dot = rest.indexOf('.');
    return dot < 0 ? rest : rest.substring(0, dot);
  }
}
