package org.minillm.server;

import com.sun.net.httpserver.Headers;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.minillm.base.MiniLlmException.BadConfig;

/**
 * Who may ask. The Host header must be a name of this machine, so that a web page elsewhere cannot
 * reach the server by a name of its own that it points here (DNS rebinding); where other machines
 * may ask, any address will do, for none of those is looked up by name. A request that a page of
 * another origin makes is refused by its Origin header, and no CORS header is ever sent.
 */
final class AccessRules {
  private static final Set<String> OWN =
      Set.of("localhost", "127.0.0.1", "[::1]", "penguin.linux.test");
  private static final String BEARER = "bearer ";
  private static final Pattern HOST =
      Pattern.compile("([^:\\[\\]]+|\\[[0-9a-f:.]+\\])(?::\\d{1,5})?");

  /** What no DNS can point elsewhere: four numbers, or what stands in brackets. */
  private static final Pattern ADDRESS = Pattern.compile("\\d{1,3}(?:\\.\\d{1,3}){3}|\\[.+\\]");

  private final Set<String> hosts = new HashSet<>(OWN);
  private final boolean addresses;
  private final Optional<byte[]> tokenDigest;

  AccessRules(ServerOptions options) {
    String own = options.host().toLowerCase(Locale.ROOT);
    hosts.add(own.contains(":") ? "[" + own + "]" : own);
    options.hosts().forEach(h -> hosts.add(allowed(h)));
    addresses = options.beyondLoopback();
    tokenDigest = options.token().map(AccessRules::digest);
  }

  /** Throws 403 for a Host or Origin that is not this server's own. */
  void checkOrigin(Headers headers) {
    List<String> sent = headers.getOrDefault("Host", List.of());
    if (sent.size() != 1 || !isOwn(name(sent.get(0)))) {
      throw ApiError.forbidden(
          "This server does not answer to that Host; it is called localhost. Other names:"
              + " serve --allow-host NAME.");
    }
    String origin = headers.getFirst("Origin");
    String host = sent.get(0).toLowerCase(Locale.ROOT);
    if (origin != null
        && !origin.toLowerCase(Locale.ROOT).equals("http://" + host)
        && !origin.toLowerCase(Locale.ROOT).equals("https://" + host)) {
      throw ApiError.forbidden("Pages of other origins may not use this server.");
    }
  }

  private boolean isOwn(String name) {
    return hosts.contains(name) || (addresses && ADDRESS.matcher(name).matches());
  }

  /** A name as {@link #name} gives it: without the port that came with it, an IPv6 in brackets. */
  private static String allowed(String host) {
    String name = name(host);
    if (!name.isEmpty()) {
      return name;
    }
    String bracketed = name("[" + host.strip() + "]");
    if (bracketed.isEmpty()) {
      throw new BadConfig("allow_host", host, "a name or address, with or without :PORT");
    }
    return bracketed;
  }

  /** Throws 401 without the right token, where there is one. Digests are compared in full. */
  void checkToken(Headers headers) {
    if (tokenDigest.isEmpty()) {
      return;
    }
    String header = headers.getFirst("Authorization");
    boolean bearer = header != null && header.regionMatches(true, 0, BEARER, 0, BEARER.length());
    String brought = bearer ? header.substring(BEARER.length()).strip() : "";
    if (!MessageDigest.isEqual(tokenDigest.get(), digest(brought))) {
      throw ApiError.noToken();
    }
  }

  /** The host without its port; empty for what is neither. */
  private static String name(String hostAndPort) {
    Matcher matcher = HOST.matcher(hostAndPort.strip().toLowerCase(Locale.ROOT));
    return matcher.matches() ? matcher.group(1) : "";
  }

  private static byte[] digest(String token) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
