package org.minillm.gui.viewmodel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class WindowPreferencesTest {
  private final WindowPreferences preferences = new WindowPreferences();

  @Test
  void onlyScalesAreOfferedAtWhichTheWindowFitsTheScreen() {
    preferences.fitScreen(1366, 768);
    assertEquals(List.of(1.0), preferences.scales());
    preferences.fitScreen(1920, 1080);
    assertEquals(List.of(1.0, 1.25, 1.5), preferences.scales());
    preferences.fitScreen(3840, 2160);
    assertEquals(2.0, preferences.scales().get(4));
    preferences.fitScreen(800, 600);
    assertEquals(List.of(1.0), preferences.scales());
  }

  @Test
  void aScaleThatIsTooLargeGivesWayAndASmallerOneStays() {
    preferences.scaleProperty().set(2);
    preferences.fitScreen(1920, 1080);
    assertEquals(1.5, preferences.scaleProperty().get());
    preferences.scaleProperty().set(1.25);
    preferences.fitScreen(1920, 1080);
    assertEquals(1.25, preferences.scaleProperty().get());
  }
}
