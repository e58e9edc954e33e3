package org.minillm.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.minillm.base.MiniLlmException;

/**
 * How a conversation becomes one text: ChatML, {@code <|im_start|>role\ncontent<|im_end|>\n} for
 * each turn, or the form of Llama 2, Llama 3 or Zephyr. As ids, only the markers are special
 * tokens; the text of a message never is, whatever it says. Immutable.
 */
public final class ChatTemplate {
  /** The special token that begins a turn of ChatML; the role follows. */
  public static final String START = "<|im_start|>";

  /** The special token that ends a turn of ChatML. */
  public static final String END = "<|im_end|>";

  /** The role that answers. */
  public static final String ANSWERER = "assistant";

  private static final int LONGEST = 20_000;
  private static final String EACH = "{% for message in messages %}";

  /** What the published ChatML models put before a conversation without a system message. */
  private static final Pattern DEFAULT_SYSTEM =
      Pattern.compile(
          "\\{%-? *if loop\\.first and messages\\[0\\]\\['role'\\] != 'system' *-?%\\}\\s*\\{\\{-?"
              + " *'<\\|im_start\\|>system(?:\\\\n"
              + "|\\n"
              + ")([^']*)<\\|im_end\\|>(?:\\\\n"
              + "|\\n"
              + ")' *-?\\}\\}\\s*\\{%-? *endif *-?%\\}");

  private static final ChatTemplate CHATML = new ChatTemplate(ChatForm.CHATML, "");

  private final ChatForm form;
  private final String defaultSystem;

  private ChatTemplate(ChatForm form, String defaultSystem) {
    this.form = form;
    this.defaultSystem = defaultSystem;
  }

  /** ChatML without a default system message. */
  public static ChatTemplate chatml() {
    return CHATML;
  }

  /**
   * The template a Jinja text means, if it is one of the four forms as this class or the models
   * that made them known write it, ChatML with or without a default system message; white space and
   * quotes may differ. Anything else (tools, dates, other markers, other roles) is not known,
   * because half understood it would be rendered wrong.
   */
  public static Optional<ChatTemplate> recognise(String jinja) {
    if (jinja.length() > LONGEST) {
      return Optional.empty();
    }
    String text = jinja;
    String system = "";
    Matcher matcher = DEFAULT_SYSTEM.matcher(jinja.replace('"', '\''));
    if (matcher.find()) {
      system = matcher.group(1).replace("\\n", "\n");
      text = jinja.substring(0, matcher.start()) + jinja.substring(matcher.end());
    }
    String defaultSystem = system;
    return ChatForm.recognise(text)
        .filter(form -> form == ChatForm.CHATML || defaultSystem.isEmpty())
        .map(form -> new ChatTemplate(form, defaultSystem));
  }

  /** Its name, for people: "ChatML", "Llama 2", "Llama 3" or "Zephyr". */
  public String title() {
    return form.title();
  }

  /** Whether it is ChatML, the form in which this app trains conversations. */
  public boolean isChatml() {
    return form == ChatForm.CHATML;
  }

  /** Jinja that renders the same, for tokenizer_config.json. */
  public String jinja() {
    String turns = form.spellings().get(0);
    if (defaultSystem.isEmpty()) {
      return turns;
    }
    return turns.replace(
        EACH,
        EACH
            + "{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system\\n"
            + defaultSystem.replace("\n", "\\n")
            + "<|im_end|>\\n' }}{% endif %}");
  }

  /** The system message of a conversation that brings none; empty where there is no such. */
  public String defaultSystem() {
    return defaultSystem;
  }

  /** Whether the tokenizer has the special tokens this template needs. */
  public boolean supports(Tokenizer tokenizer) {
    boolean boundaries = tokenizer.bosId().isPresent() && tokenizer.eosId().isPresent();
    return (boundaries || !form.needsBoundaries())
        && form.markers().stream().allMatch(marker -> isSpecial(tokenizer, marker));
  }

  /** A marker of this form that stands in a message's text; empty where there is none. */
  public Optional<String> markerIn(ChatMessage message) {
    return form.markers().stream().filter(message.content()::contains).findFirst();
  }

  /** Whether the tokenizer knows {@code token} as a special one. */
  public static boolean isSpecial(Tokenizer tokenizer, String token) {
    OptionalInt id = tokenizer.idOf(token);
    return id.isPresent() && tokenizer.isSpecial(id.getAsInt());
  }

  /**
   * The conversation as text with the markers written out, BOS as {@code <s>} and EOS as {@code
   * </s>} where the form has them; for showing, not for encoding.
   */
  public String render(List<ChatMessage> messages, boolean openAnswer) {
    return render(messages, openAnswer, "<s>", "</s>");
  }

  /** The same with the texts of BOS and EOS. */
  public String render(List<ChatMessage> messages, boolean openAnswer, String bos, String eos) {
    StringBuilder text = new StringBuilder();
    form.write(
        withSystem(messages),
        openAnswer,
        new ChatForm.Pieces() {
          @Override
          public void text(String piece) {
            text.append(piece);
          }

          @Override
          public void special(String token) {
            text.append(token);
          }

          @Override
          public void perhapsSpecial(String token) {
            text.append(token);
          }

          @Override
          public void begin() {
            text.append(bos);
          }

          @Override
          public void end() {
            text.append(eos);
          }
        });
    return text.toString();
  }

  /**
   * The conversation as ids, the same that Hugging Face's {@code apply_chat_template} gives where
   * no message holds a marker; the text of a message never becomes a special token.
   *
   * @param openAnswer whether the opening of the assistant's turn follows, ready for generation
   * @throws MiniLlmException.BadInput if the tokenizer lacks the markers, or the roles come in an
   *     order that the form does not have
   */
  public int[] encode(Tokenizer tokenizer, List<ChatMessage> messages, boolean openAnswer) {
    return encode(tokenizer, messages, openAnswer, "");
  }

  /**
   * The conversation as ids and the beginning of its answer, ready to be continued.
   *
   * @param answerStart what the answer begins with; empty leaves it all to the model
   * @throws MiniLlmException.BadInput as above
   */
  public int[] encode(Tokenizer tokenizer, List<ChatMessage> messages, String answerStart) {
    return encode(tokenizer, messages, true, answerStart);
  }

  private int[] encode(
      Tokenizer tokenizer, List<ChatMessage> messages, boolean openAnswer, String answerStart) {
    IntList ids = new IntList(256);
    Encoding encoding = new Encoding(tokenizer, ids);
    form.write(withSystem(messages), openAnswer, encoding);
    encoding.text(answerStart);
    encoding.flush();
    return ids.toArray();
  }

  /** Ordinary text is encoded as far as it goes without a special token between. */
  private final class Encoding implements ChatForm.Pieces {
    private final Tokenizer tokenizer;
    private final IntList ids;
    private final StringBuilder text = new StringBuilder();

    Encoding(Tokenizer tokenizer, IntList ids) {
      this.tokenizer = tokenizer;
      this.ids = ids;
    }

    void flush() {
      if (text.length() > 0) {
        tokenizer.encode(text.toString(), ids::add);
        text.setLength(0);
      }
    }

    @Override
    public void text(String piece) {
      text.append(piece);
    }

    @Override
    public void special(String token) {
      if (!isSpecial(tokenizer, token)) {
        throw lacking("no special token " + token);
      }
      add(tokenizer.idOf(token));
    }

    @Override
    public void perhapsSpecial(String token) {
      if (isSpecial(tokenizer, token)) {
        add(tokenizer.idOf(token));
      } else {
        text.append(token);
      }
    }

    @Override
    public void begin() {
      add(tokenizer.bosId());
    }

    @Override
    public void end() {
      add(tokenizer.eosId());
    }

    private void add(OptionalInt id) {
      flush();
      ids.add(id.orElseThrow(() -> lacking("no token that begins or ends a text")));
    }

    private MiniLlmException lacking(String what) {
      return new MiniLlmException.BadInput(
          "chat template",
          "this model's tokenizer has "
              + what
              + "; it can continue text but not hold a conversation in the form of "
              + form.title());
    }
  }

  private List<ChatMessage> withSystem(List<ChatMessage> messages) {
    if (defaultSystem.isEmpty()
        || (!messages.isEmpty() && messages.get(0).role().equals("system"))) {
      return messages;
    }
    List<ChatMessage> all = new ArrayList<>(messages);
    all.add(0, ChatMessage.system(defaultSystem));
    return all;
  }

  /** The ids that end an answer: the markers and the end of text, as far as there are any. */
  public Set<Integer> stopIds(Tokenizer tokenizer) {
    Set<Integer> ids = new TreeSet<>();
    List<String> markers = new ArrayList<>(form.markers());
    if (form == ChatForm.ZEPHYR) {
      markers.addAll(List.of("<|user|>", "<|system|>", "<|assistant|>"));
    }
    for (String marker : markers) {
      if (isSpecial(tokenizer, marker)) {
        ids.add(tokenizer.idOf(marker).getAsInt());
      }
    }
    tokenizer.eosId().ifPresent(ids::add);
    return ids;
  }
}
