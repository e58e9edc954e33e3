package org.minillm.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.base.RunControl;
import org.minillm.base.WorkerPool;
import org.minillm.tokenizer.BpeTrainer;
import org.minillm.tokenizer.ChatMessage;
import org.minillm.tokenizer.ChatTemplate;
import org.minillm.tokenizer.DocumentSource;
import org.minillm.tokenizer.SimpleTokenizer;
import org.minillm.tokenizer.Tokenizer;

/** Which ids are answers, and how conversations become sequences; a character is a token here. */
class ConversationBatchesTest {
  private final SimpleTokenizer tokenizer = new SimpleTokenizer();
  private final int separator = Dataset.separatorOf(tokenizer);
  private final AnswerMask mask = new AnswerMask(tokenizer, separator);
  private final int end = tokenizer.idOf("<|im_end|>").getAsInt();

  private HeapTokens store(List<List<ChatMessage>> conversations) {
    HeapTokens store = new HeapTokens(tokenizer.vocabSize());
    store.add(separator);
    for (List<ChatMessage> conversation : conversations) {
      store.addAll(ChatTemplate.chatml().encode(tokenizer, conversation, false));
      store.add(separator);
    }
    return store;
  }

  private static List<ChatMessage> talk(String... contents) {
    List<ChatMessage> messages = new ArrayList<>();
    for (int i = 0; i < contents.length; i++) {
      messages.add(i % 2 == 0 ? ChatMessage.user(contents[i]) : ChatMessage.assistant(contents[i]));
    }
    return messages;
  }

  private ConversationBatches batches(TokenStore store, int context) {
    return new ConversationBatches(store, store.size(), separator, mask, context, 5);
  }

  /** The targets that count, as text; the end of an answer is |. */
  private String text(int[] targets) {
    StringBuilder text = new StringBuilder();
    for (int target : targets) {
      if (target >= 0) {
        text.append(target == end ? "|" : tokenizer.decode(new int[] {target}));
      }
    }
    return text.toString();
  }

  @Test
  void aLongLastConversationAndNoneAtAllAreReadFromAFile(@TempDir Path dir) throws IOException {
    HeapTokens store = store(List.of(talk("¿Y?", "No."), talk("¿Y?", "Sí. ".repeat(40))));
    Path file = dir.resolve("ids");
    ByteBuffer bytes = ByteBuffer.allocate(2 * (int) store.size()).order(ByteOrder.LITTLE_ENDIAN);
    for (long i = 0; i < store.size(); i++) {
      bytes.putShort((short) store.get(i));
    }
    Files.write(file, bytes.array());
    try (FileTokens tokens = new FileTokens(file, 2, store.size())) {
      assertEquals(batches(store, 40).windows(), batches(tokens, 40).windows());
      assertTrue(batches(tokens, 40).windows() > 3);
      assertEquals(0, new ConversationBatches(tokens, 0, separator, mask, 40, 5).windows());
      assertEquals(0, new ConversationBatches(tokens, 1, separator, mask, 40, 5).windows());
    }
  }

  @Test
  void answersAndTheirEndsCountAndNothingElse() {
    List<ChatMessage> messages = new ArrayList<>(talk("¿Y tú?", "Yo no.", "assistant\nno", "\nSí"));
    messages.add(0, ChatMessage.system("assistant"));
    ConversationBatches batches = batches(store(List.of(messages)), 500);
    assertEquals(1, batches.windows());
    int[] inputs = new int[batches.time()];
    int[] targets = new int[batches.time()];
    batches.read(0, inputs, targets, 0);
    assertEquals("Yo no.|\nSí|", text(targets));
    assertEquals(11, batches.counted(0));
    for (int i = 0; i + 1 < targets.length; i++) {
      assertTrue(targets[i] < 0 || targets[i] == inputs[i + 1], "target " + i);
    }
  }

  @Test
  void conversationsAreNeverBegunInside() {
    List<List<ChatMessage>> all = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      all.add(talk("pregunta " + i, "respuesta " + "x".repeat(i % 7)));
    }
    ConversationBatches batches = batches(store(all), 160);
    int start = tokenizer.idOf("<|im_start|>").getAsInt();
    int[] inputs = new int[2 * batches.time()];
    int[] targets = new int[2 * batches.time()];
    Set<String> firsts = new HashSet<>();
    for (int position = 0; position < 20 * batches.windows(); position++) {
      batches.read(position, inputs, targets, 1);
      assertEquals(start, inputs[batches.time()]);
      int[] row = Arrays.copyOfRange(inputs, batches.time(), inputs.length);
      firsts.add(tokenizer.decode(row).lines().skip(1).findFirst().orElseThrow());
    }
    assertEquals(40, firsts.size(), "every conversation is the first of a sequence sometimes");
  }

  @Test
  void everyAnswerTokenIsATargetOnceAnEpoch() {
    List<List<ChatMessage>> all = new ArrayList<>();
    TreeMap<Character, Integer> expected = new TreeMap<>();
    for (int i = 0; i < 26; i++) {
      char letter = (char) ('a' + i);
      int times = 1 + 17 * i % 90; // longer than a sequence, some of them
      all.add(talk("¿" + "?".repeat(13 * i % 70), String.valueOf(letter).repeat(times), "Y", "Z"));
      expected.merge(letter, times, Integer::sum);
    }
    expected.put('Z', 26);
    expected.put('|', 52);
    ConversationBatches batches = batches(store(all), 64);
    int[] inputs = new int[batches.time()];
    int[] targets = new int[batches.time()];
    for (int epoch = 0; epoch < 3; epoch++) {
      TreeMap<Character, Integer> seen = new TreeMap<>();
      for (int i = 0; i < batches.windows(); i++) {
        long position = (long) epoch * batches.windows() + i;
        batches.read(position, inputs, targets, 0);
        String text = text(targets);
        assertEquals(text.length(), batches.counted(position));
        assertTrue(batches.counted(position) > 0, "a sequence with nothing to learn");
        text.chars().forEach(c -> seen.merge((char) c, 1, Integer::sum));
      }
      assertEquals(expected, seen, "epoch " + epoch);
    }
  }

  @Test
  void longConversationIsCutBeforeAQuestion() {
    String[] turns = new String[20];
    for (int i = 0; i < turns.length; i++) {
      turns[i] = i % 2 == 0 ? "pregunta" : "respuesta";
    }
    ConversationBatches batches = batches(store(List.of(talk(turns))), 100);
    int[] inputs = new int[batches.time()];
    int[] targets = new int[batches.time()];
    assertTrue(batches.windows() > 1);
    StringBuilder all = new StringBuilder();
    for (int window = 0; window < batches.windows(); window++) {
      int n = batches.readInOrder(window, inputs, targets);
      assertTrue(n <= 100);
      String begins = tokenizer.decode(Arrays.copyOf(inputs, 5));
      assertEquals("user", begins, "window " + window);
      all.append(text(Arrays.copyOf(targets, n)));
    }
    assertEquals("respuesta|".repeat(10), all.toString());
  }

  @Test
  void aPositionSaysEverything() {
    List<List<ChatMessage>> all = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      all.add(talk("pregunta " + i, "respuesta " + i));
    }
    TokenStore store = store(all);
    ConversationBatches inOrder = batches(store, 100);
    ConversationBatches jumping = batches(store, 100);
    int time = inOrder.time();
    int[] a = new int[time];
    int[] b = new int[time];
    int[] c = new int[time];
    int[] d = new int[time];
    for (long position = 3L * inOrder.windows() - 1; position >= 0; position -= 5) {
      for (long before = 0; before <= position; before++) {
        inOrder.read(before, a, b, 0);
      }
      jumping.read(position, c, d, 0);
      assertArrayEquals(a, c);
      assertArrayEquals(b, d);
    }
  }

  @Test
  void tokenizerWithoutMarkersIsRefused() throws IOException {
    Tokenizer plain =
        BpeTrainer.train(
            DocumentSource.of(List.of("hola hola")),
            258,
            List.of("<|endoftext|>"),
            WorkerPool.shared(),
            new RunControl(),
            (stage, done, total) -> {});
    BadInput e = assertThrows(BadInput.class, () -> new AnswerMask(plain, 0));
    assertTrue(e.reason().contains("<|im_start|>"), e.reason());
  }
}
