package org.minillm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.base.RunControl;
import org.minillm.base.WorkerPool;
import org.minillm.format.LoadedModel;
import org.minillm.format.ModelCard;
import org.minillm.generate.GenerateOptions;
import org.minillm.generate.OverflowPolicy;
import org.minillm.model.ModelConfig;
import org.minillm.model.Transformer;
import org.minillm.tokenizer.ChatMessage;
import org.minillm.tokenizer.ChatTemplate;
import org.minillm.tokenizer.SimpleTokenizer;

/** A conversation in a small context; a character is a token here. */
class ChatSessionTest {
  private static final int CONTEXT = 96;
  private static final String SYSTEM = "Di poco.";

  private final SimpleTokenizer tokenizer = new SimpleTokenizer();

  private MiniLlm model() {
    return model(ChatTemplate.chatml());
  }

  private MiniLlm model(ChatTemplate template) {
    ModelConfig shape = ModelConfig.of(tokenizer.vocabSize(), 16, 1, 2, 32, CONTEXT);
    return MiniLlm.of(
        new LoadedModel(
            Transformer.initialise(shape, 3, WorkerPool.shared()),
            tokenizer,
            Optional.of(template),
            ModelCard.named("test"),
            Path.of("")));
  }

  @Test
  void aContextThatSlidesKeepsTheSystemPrompt() {
    try (MiniLlm model = model()) {
      ChatSession chat = model.chat(SYSTEM);
      GenerateOptions options =
          GenerateOptions.greedy().withMaxTokens(2 * CONTEXT).withOverflow(OverflowPolicy.SLIDE, 0);
      Generated first = chat.reply("¿Sí?", options, piece -> {}, new RunControl());
      assertTrue(first.forgottenTokens() > 0, "nothing slid");
      chat.setMessages(List.of(ChatMessage.system(SYSTEM)));
      int kept =
          ChatTemplate.chatml()
              .encode(tokenizer, List.of(ChatMessage.system(SYSTEM)), false)
              .length;
      Generated second = chat.reply("¿No?", options.withMaxTokens(1), p -> {}, new RunControl());
      assertTrue(second.reusedTokens() >= kept, second.reusedTokens() + " of " + kept);
    }
  }

  @Test
  void aMessageThatDoesNotFitIsNotKeptAndTheChatGoesOn() {
    try (MiniLlm model = model()) {
      ChatSession chat = model.chat("");
      GenerateOptions options = GenerateOptions.greedy().withMaxTokens(2);
      RunControl control = new RunControl();
      BadInput e =
          assertThrows(
              BadInput.class, () -> chat.reply("a".repeat(CONTEXT), options, p -> {}, control));
      assertTrue(e.reason().contains("Send a shorter one"), e.reason());
      assertEquals(List.of(), chat.messages());
      chat.reply("a", options, p -> {}, control);
      assertEquals(2, chat.messages().size());
    }
  }

  @Test
  void aContextOfOneTokenSlides() {
    ModelConfig shape = ModelConfig.of(tokenizer.vocabSize(), 16, 1, 2, 32, 1);
    try (MiniLlm model =
        MiniLlm.of(
            new LoadedModel(
                Transformer.initialise(shape, 3, WorkerPool.shared()),
                tokenizer,
                Optional.empty(),
                ModelCard.named("test"),
                Path.of("")))) {
      Generated text =
          model.generate(
              "abc",
              GenerateOptions.greedy().withMaxTokens(3).withOverflow(OverflowPolicy.SLIDE, 0));
      assertEquals(3, text.tokens());
    }
  }

  @Test
  void aContextThatSlidesKeepsTheTemplatesOwnSystemMessage() {
    String opening = "{% for message in messages %}";
    String usual =
        "{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system\\n"
            + SYSTEM
            + "<|im_end|>\\n' }}{% endif %}";
    ChatTemplate template =
        ChatTemplate.recognise(ChatTemplate.chatml().jinja().replace(opening, opening + usual))
            .orElseThrow();
    assertEquals(SYSTEM, template.defaultSystem());
    try (MiniLlm model = model(template)) {
      ChatSession chat = model.chat("");
      GenerateOptions options =
          GenerateOptions.greedy().withMaxTokens(2 * CONTEXT).withOverflow(OverflowPolicy.SLIDE, 0);
      Generated first = chat.reply("¿Sí?", options, piece -> {}, new RunControl());
      assertTrue(first.forgottenTokens() > 0, "nothing slid");
      chat.setMessages(List.of());
      int kept = template.encode(tokenizer, List.of(ChatMessage.system(SYSTEM)), false).length;
      Generated second = chat.reply("¿No?", options.withMaxTokens(1), p -> {}, new RunControl());
      assertTrue(second.reusedTokens() >= kept, second.reusedTokens() + " of " + kept);
    }
  }

  @Test
  void anAnswerThatCannotBeMadeAgainStays() {
    try (MiniLlm model = model()) {
      ChatSession chat = model.chat("");
      GenerateOptions options = GenerateOptions.greedy().withMaxTokens(4);
      RunControl control = new RunControl();
      chat.reply("a", options, p -> {}, control);
      List<ChatMessage> before = chat.messages();
      assertThrows(
          IllegalStateException.class,
          () ->
              chat.again(
                  options,
                  p -> {
                    throw new IllegalStateException("the listener is gone");
                  },
                  control));
      assertEquals(before, chat.messages());
    }
  }

  @Test
  void theMostThatFitsOfALongConversationIsSeen() {
    ChatTemplate template = ChatTemplate.chatml();
    try (MiniLlm model = model()) {
      int room = CONTEXT * 3 / 4;
      for (int pairs = 0; pairs < 9; pairs++) {
        for (int length = 0; length < 24; length++) {
          ChatSession chat = model.chat("");
          List<ChatMessage> said = new ArrayList<>();
          for (int i = 0; i < pairs; i++) {
            said.add(ChatMessage.user("a".repeat(1 + (i * 7 + length) % 9)));
            said.add(new ChatMessage("assistant", "b".repeat(1 + length)));
          }
          chat.setMessages(said);
          int[] prompt = chat.promptFor("c");
          List<ChatMessage> seen = new ArrayList<>(said);
          seen.add(ChatMessage.user("c"));
          while (template.encode(tokenizer, seen, "").length > room) {
            seen.subList(0, 2).clear();
          }
          assertArrayEquals(template.encode(tokenizer, seen, ""), prompt, pairs + ", " + length);
          assertEquals(said.size() + 1 - seen.size(), chat.forgottenMessages());
          int whole = template.encode(tokenizer, said, false).length;
          assertEquals(Math.min(CONTEXT, whole), chat.contextTokens());
        }
      }
    }
  }

  /** Its template has no conversation that begins with an answer, nor has a part of one. */
  @Test
  void aLongConversationOfLlama2IsCounted() throws IOException {
    try (InputStream in = getClass().getResourceAsStream("/tokenizer/chat_templates.json")) {
      for (JsonNode known : new ObjectMapper().readTree(in).path("known")) {
        if (known.path("title").textValue().equals("Llama 2")) {
          String jinja = known.path("jinja").textValue();
          try (MiniLlm model = model(ChatTemplate.recognise(jinja).orElseThrow())) {
            ChatSession chat = model.chat("");
            List<ChatMessage> said = new ArrayList<>();
            for (int i = 0; i < 21; i++) {
              said.add(new ChatMessage(i % 2 == 0 ? "user" : "assistant", "a"));
              chat.setMessages(said);
              assertTrue(chat.contextTokens() > 0);
            }
            assertEquals(CONTEXT, chat.contextTokens());
          }
          return;
        }
      }
    }
    throw new AssertionError("no template of Llama 2");
  }
}
