package org.minillm.gui.viewmodel;

import java.io.IOException;
import java.util.Map;
import org.minillm.app.AppConfig;
import org.minillm.app.MiniLlmApp;

/** The app's {@code config.json} as the settings page's store. */
public record ConfigStore(MiniLlmApp app) implements SettingsViewModel.Store {
  @Override
  public AppConfig read() throws IOException {
    return app.configOnDisk();
  }

  @Override
  public void write(Map<String, String> values) throws IOException {
    app.changeSettings(values);
  }
}
