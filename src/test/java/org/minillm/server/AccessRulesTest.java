package org.minillm.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.sun.net.httpserver.Headers;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.minillm.base.MiniLlmException.BadConfig;

/** By which Host a server is called, at this machine's own address and beyond. */
class AccessRulesTest {
  private static ServerOptions at(String host, String... allowed) {
    return ServerOptions.local(0)
        .with(o -> o.host(host).token(Optional.of("a-long-secret")).hosts(Set.of(allowed)));
  }

  private static boolean answers(ServerOptions options, String host) {
    Headers headers = new Headers();
    headers.set("Host", host);
    try {
      new AccessRules(options).checkOrigin(headers);
      return true;
    } catch (ApiError e) {
      assertEquals(403, e.status());
      return false;
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0.0.0.0, 192.168.1.5:8080, true",
    "0.0.0.0, [fe80::1]:8080, true",
    "0.0.0.0, localhost:8080, true",
    "0.0.0.0, evil.example, false",
    "0.0.0.0, 1.2.3.4.evil.example, false",
    "0.0.0.0, 192.168.1.5.nip.io:8080, false",
    "127.0.0.1, 192.168.1.5:8080, false",
  })
  void whereOthersReachTheServerAnyAddressWillDoAndNoName(
      String bound, String host, boolean answers) {
    assertEquals(answers, answers(at(bound), host));
  }

  @ParameterizedTest
  @CsvSource({
    "box.lan, box.lan:8080",
    "Box.lan:8080, box.lan:8080",
    "box.lan:8080, box.lan",
    "::2, [::2]:8080",
    "[::2]:8080, [::2]",
  })
  void anAllowedHostMayComeWithItsPort(String allowed, String host) {
    assertEquals(true, answers(at("127.0.0.1", allowed), host));
    assertEquals(false, answers(at("127.0.0.1", allowed), "other.lan"));
  }

  @Test
  void anAllowedHostThatIsNoneIsRefused() {
    assertThrows(BadConfig.class, () -> new AccessRules(at("127.0.0.1", "http://box.lan/")));
  }
}
