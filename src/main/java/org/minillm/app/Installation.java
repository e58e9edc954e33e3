package org.minillm.app;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.minillm.base.JsonTree;
import org.minillm.format.AtomicFiles;

/**
 * Where this app's own files are and where the user's configuration is. In a checkout ({@code
 * run.sh}) one directory holds both; a package's files belong to root, so there the user has a
 * configuration, a model directory and a cache of their own in the XDG directories.
 *
 * @param directory holds {@code config.json} and {@code models}; empty for the library alone
 * @param userConfig the user's {@code config.json}, made at the first start; empty in a checkout
 */
public record Installation(Optional<Path> directory, Optional<Path> userConfig) {
  private static final System.Logger LOG = System.getLogger(Installation.class.getName());
  private static final String CONFIG = "config.json";
  private static final String MODELS = "models";

  /** As the launcher says: the system properties minillm.install and minillm.config. */
  public static Installation ofThisProcess() {
    return new Installation(path("minillm.install"), path("minillm.config"));
  }

  private static Optional<Path> path(String property) {
    return Optional.ofNullable(System.getProperty(property))
        .filter(value -> !value.isBlank())
        .map(Path::of);
  }

  /** How a user starts this program in a terminal: {@code ./run.sh} in a checkout. */
  public String command() {
    return directory.isPresent() && userConfig.isEmpty() ? "./run.sh" : "minillm";
  }

  /**
   * The configuration that holds where none is named; need not exist. In a checkout {@code
   * ./config.json} unless it is that of a Hugging Face model, else the installation's. Of a package
   * always the user's, which is copied from the package's when it is not there; where that fails, a
   * line of the log says so.
   */
  public Path configFile() {
    Path here = Path.of(CONFIG);
    if (userConfig.isEmpty()) {
      return configFile(here);
    }
    Path file = userConfig.get();
    if (!Files.exists(file)) {
      try {
        makeUserConfig(file);
      } catch (IOException e) {
        LOG.log(Level.WARNING, "Cannot make " + file + ", the defaults hold: " + e.getMessage());
      }
    }
    return file;
  }

  /** {@code here} where it is a configuration of this app, or there is no installation. */
  Path configFile(Path here) {
    boolean ours = Files.exists(here) && !describesModel(here);
    return ours || directory.isEmpty() ? here : directory.get().resolve(CONFIG);
  }

  /**
   * Whether a config.json is that of a model, which has the same name; false for what is broken.
   */
  private static boolean describesModel(Path file) {
    try {
      JsonNode root = JsonTree.read(Files.readString(file));
      return root.has("model_type") || root.has("architectures");
    } catch (IOException e) {
      return false; // whoever reads it as a configuration says what is wrong
    }
  }

  private void makeUserConfig(Path file) throws IOException {
    Optional<Path> delivered = directory.map(d -> d.resolve(CONFIG)).filter(Files::exists);
    String text = delivered.isPresent() ? Files.readString(delivered.get()) : "{\n}\n";
    Path models = XdgDirectories.data().resolve(MODELS);
    text = ConfigFile.replaced(text, "resources.model_dir", json(models));
    text = ConfigFile.replaced(text, "resources.cache_dir", json(XdgDirectories.cache()));
    Path absolute = file.toAbsolutePath();
    Files.createDirectories(Optional.ofNullable(absolute.getParent()).orElse(absolute));
    AtomicFiles.writeText(absolute, text);
  }

  private static String json(Path path) {
    return '"'
        + String.valueOf(JsonStringEncoder.getInstance().quoteAsString(path.toString()))
        + '"';
  }

  /** Directories of models that came with a package: read after the user's, never written. */
  public List<Path> models() {
    return userConfig.isPresent() && directory.isPresent()
        ? List.of(directory.get().resolve(MODELS))
        : List.of();
  }
}
