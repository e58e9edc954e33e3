package org.minillm.base;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/**
 * Reads JSON into nodes without a mapper. A mapper loads bean introspection, calendars and number
 * formats, some hundred classes and a tenth of the time to a first frame or a first token.
 */
public final class JsonTree {
  /** The names of a vocabulary are all different: to intern them would only cost time. */
  private static final JsonFactory JSON =
      JsonFactory.builder().disable(JsonFactory.Feature.INTERN_FIELD_NAMES).build();

  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private JsonTree() {}

  /**
   * The value that a text holds; a missing node for a blank text.
   *
   * @throws JsonProcessingException for a text that is no JSON, has a key twice, or goes on after
   *     its value
   */
  public static JsonNode read(String json) throws JsonProcessingException {
    try (JsonParser parser = JSON.createParser(json)) {
      return root(parser);
    } catch (JsonProcessingException e) {
      throw e;
    } catch (IOException e) {
      throw new UncheckedIOException(e); // the text is in memory
    }
  }

  /**
   * The same of bytes in UTF-8; the stream stays open.
   *
   * @throws JsonProcessingException as {@link #read(String)}
   * @throws IOException when they cannot be read
   */
  public static JsonNode read(InputStream json) throws IOException {
    try (JsonParser parser =
        JSON.createParser(json).disable(JsonParser.Feature.AUTO_CLOSE_SOURCE)) {
      return root(parser);
    }
  }

  private static JsonNode root(JsonParser parser) throws IOException {
    if (parser.nextToken() == null) {
      return MissingNode.getInstance();
    }
    JsonNode root = value(parser);
    if (parser.nextToken() != null) {
      throw new JsonParseException(parser, "the text goes on after its end");
    }
    return root;
  }

  private static JsonNode value(JsonParser parser) throws IOException {
    return switch (parser.currentToken()) {
      case START_OBJECT -> object(parser);
      case START_ARRAY -> array(parser);
      case VALUE_STRING -> NODES.textNode(parser.getText());
      case VALUE_NUMBER_INT -> whole(parser);
      case VALUE_NUMBER_FLOAT -> NODES.numberNode(parser.getDoubleValue());
      case VALUE_TRUE -> NODES.booleanNode(true);
      case VALUE_FALSE -> NODES.booleanNode(false);
      default -> NODES.nullNode();
    };
  }

  private static JsonNode object(JsonParser parser) throws IOException {
    ObjectNode object = NODES.objectNode();
    for (String key = parser.nextFieldName(); key != null; key = parser.nextFieldName()) {
      if (object.has(key)) {
        throw new JsonParseException(parser, "Duplicate field '" + key + "'");
      }
      parser.nextToken();
      object.set(key, value(parser));
    }
    return object;
  }

  private static JsonNode array(JsonParser parser) throws IOException {
    ArrayNode array = NODES.arrayNode();
    while (!parser.nextToken().isStructEnd()) {
      array.add(value(parser));
    }
    return array;
  }

  private static JsonNode whole(JsonParser parser) throws IOException {
    return switch (parser.getNumberType()) {
      case INT -> NODES.numberNode(parser.getIntValue());
      case LONG -> NODES.numberNode(parser.getLongValue());
      default -> NODES.numberNode(parser.getBigIntegerValue());
    };
  }
}
