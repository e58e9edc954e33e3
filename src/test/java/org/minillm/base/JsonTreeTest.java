package org.minillm.base;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class JsonTreeTest {
  @Test
  void theTreeIsThatOfAMapper() throws JsonProcessingException {
    String json =
        "{\"a\":[1,-2.5e3,\"ñ \\\" \\u00e9\",true,false,null,{},[]],"
            + "\"big\":123456789012345678901234567890,\"long\":9007199254740993,\"b\":{\"c\":{}}}";
    assertEquals(JsonMapper.builder().build().readTree(json), JsonTree.read(json));
    for (String value : new String[] {"7", "\"text\"", "null", " [ ] "}) {
      assertEquals(JsonMapper.builder().build().readTree(value), JsonTree.read(value));
    }
  }

  @Test
  void aKeyThatComesTwiceIsRefusedWhereItComesAgain() {
    JsonProcessingException e =
        assertThrows(
            JsonProcessingException.class, () -> JsonTree.read("{\"a\":1,\n\"a\":[2,\n3]}"));
    assertEquals("Duplicate field 'a'", e.getOriginalMessage());
    assertEquals(2, e.getLocation().getLineNr());
  }

  @Test
  void bytesAreReadAsUtf8AndTheirStreamStaysOpen() throws IOException {
    boolean[] closed = {false};
    byte[] json = "{\"ñ\":\"é\"}".getBytes(StandardCharsets.UTF_8);
    InputStream in =
        new ByteArrayInputStream(json) {
          @Override
          public void close() {
            closed[0] = true;
          }
        };
    assertEquals("é", JsonTree.read(in).path("ñ").textValue());
    assertFalse(closed[0]);
  }

  @Test
  void aBlankTextIsAMissingNode() throws JsonProcessingException {
    assertTrue(JsonTree.read("").isMissingNode());
    assertTrue(JsonTree.read(" \n").isMissingNode());
  }

  @Test
  void aWrongTextIsRefusedWithItsPlace() {
    for (String wrong : new String[] {"{\"a\":1,\"a\":2}", "{} {}", "{\"a\":", "[1,2", "nul"}) {
      JsonProcessingException e =
          assertThrows(JsonProcessingException.class, () -> JsonTree.read(wrong), wrong);
      assertEquals(1, e.getLocation().getLineNr(), wrong);
    }
  }
}
