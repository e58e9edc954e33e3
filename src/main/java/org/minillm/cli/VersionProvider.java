package org.minillm.cli;

import picocli.CommandLine.IVersionProvider;

/** The version, from the jar's manifest. */
final class VersionProvider implements IVersionProvider {
  @Override
  public String[] getVersion() {
    String version = CommandLineMain.class.getPackage().getImplementationVersion();
    return new String[] {"Mini-LLM " + (version == null ? "(development)" : version)};
  }
}
