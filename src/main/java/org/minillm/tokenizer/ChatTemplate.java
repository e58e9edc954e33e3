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
 * each turn. As ids, only the markers are special tokens; the text of a message never is, whatever
 * it says. Immutable.
 */
public final class ChatTemplate {
  /** The special token that begins a turn; the role follows. */
  public static final String START = "<|im_start|>";

  /** The special token that ends a turn. */
  public static final String END = "<|im_end|>";

  /** The role that answers. */
  public static final String ANSWERER = "assistant";

  private static final String TURNS =
      "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n"
          + "' + message['content'] + '<|im_end|>' + '\\n"
          + "' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n"
          + "' }}{% endif %}";

  /** What the published ChatML models put before a conversation without a system message. */
  private static final Pattern DEFAULT_SYSTEM =
      Pattern.compile(
          "\\{%-? *if loop\\.first and messages\\[0\\]\\['role'\\] != 'system' *-?%\\}\\s*\\{\\{-?"
              + " *'<\\|im_start\\|>system(?:\\\\n"
              + "|\\n"
              + ")([^']*)<\\|im_end\\|>(?:\\\\n"
              + "|\\n"
              + ")' *-?\\}\\}\\s*\\{%-? *endif *-?%\\}");

  private static final Pattern TAG = Pattern.compile("(\\{[%{]-?)(.*?)(-?[%}]\\})", Pattern.DOTALL);

  private static final ChatTemplate CHATML = new ChatTemplate("");

  private final String defaultSystem;

  private ChatTemplate(String defaultSystem) {
    this.defaultSystem = defaultSystem;
  }

  /** ChatML without a default system message. */
  public static ChatTemplate chatml() {
    return CHATML;
  }

  /**
   * The template a Jinja text means, if it is ChatML as this class, SmolLM2 or the original write
   * it: with or without a default system message, with other white space or quotes. Anything else
   * (tools, other markers, other roles) is not known, because half understood it would be rendered
   * wrong.
   */
  public static Optional<ChatTemplate> recognise(String jinja) {
    if (jinja.length() > 20_000) {
      return Optional.empty();
    }
    String text = jinja.replace('"', '\'');
    String system = "";
    Matcher matcher = DEFAULT_SYSTEM.matcher(text);
    if (matcher.find()) {
      system = matcher.group(1).replace("\\n", "\n");
      text = text.substring(0, matcher.start()) + text.substring(matcher.end());
    }
    return essence(text).equals(essence(TURNS))
        ? Optional.of(system.isEmpty() ? CHATML : new ChatTemplate(system))
        : Optional.empty();
  }

  /**
   * Jinja without what makes no difference: spaces inside tags, joined or separate strings, white
   * space between tags that Jinja drops (beside a dash, or a line end between two statements).
   * Empty where text between the tags would be printed.
   */
  private static String essence(String jinja) {
    StringBuilder essence = new StringBuilder();
    Matcher tag = TAG.matcher(jinja);
    int end = 0;
    boolean dropsNext = false;
    boolean statement = false;
    while (tag.find()) {
      String between = jinja.substring(end, tag.start());
      boolean thisIsStatement = tag.group(1).charAt(1) == '%';
      boolean dropped =
          between.isBlank()
              && (dropsNext
                  || tag.group(1).endsWith("-")
                  || (statement && thisIsStatement && between.matches("\\n *")));
      if (!between.isEmpty() && !dropped) {
        return "";
      }
      essence.append(thisIsStatement ? "{%" : "{{");
      essence.append(tag.group(2).replace("\\n", "\n").replace("\n", "¶").replaceAll("\\s+", ""));
      essence.append(thisIsStatement ? "%}" : "}}");
      dropsNext = tag.group(3).startsWith("-");
      statement = thisIsStatement;
      end = tag.end();
    }
    if (!jinja.substring(end).isBlank()) {
      return "";
    }
    return essence
        .toString()
        .replace("message.role", "message['role']")
        .replace("message.content", "message['content']")
        .replace("'+'", "");
  }

  /** Jinja that renders the same, for tokenizer_config.json. */
  public String jinja() {
    if (defaultSystem.isEmpty()) {
      return TURNS;
    }
    return TURNS.replace(
        "{% for message in messages %}",
        "{% for message in messages %}"
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
    return isSpecial(tokenizer, START) && isSpecial(tokenizer, END);
  }

  /** Whether the tokenizer knows {@code token} as a special one. */
  public static boolean isSpecial(Tokenizer tokenizer, String token) {
    OptionalInt id = tokenizer.idOf(token);
    return id.isPresent() && tokenizer.isSpecial(id.getAsInt());
  }

  /** The conversation as text with the markers written out; for showing, not for encoding. */
  public String render(List<ChatMessage> messages, boolean openAnswer) {
    StringBuilder text = new StringBuilder();
    for (ChatMessage message : withSystem(messages)) {
      text.append(START).append(message.role()).append('\n');
      text.append(message.content()).append(END).append('\n');
    }
    if (openAnswer) {
      text.append(START).append(ANSWERER).append('\n');
    }
    return text.toString();
  }

  /**
   * The conversation as ids, the same that Hugging Face's {@code apply_chat_template} gives where
   * no message holds a marker; the text of a message never becomes a special token.
   *
   * @param openAnswer whether the opening of the assistant's turn follows, ready for generation
   * @throws MiniLlmException.BadInput if the tokenizer lacks the markers
   */
  public int[] encode(Tokenizer tokenizer, List<ChatMessage> messages, boolean openAnswer) {
    IntList ids = turns(tokenizer, messages);
    if (openAnswer) {
      openAnswer(tokenizer, "", ids);
    }
    return ids.toArray();
  }

  /**
   * The conversation as ids and the beginning of its answer, ready to be continued.
   *
   * @param answerStart what the answer begins with; empty leaves it all to the model
   * @throws MiniLlmException.BadInput if the tokenizer lacks the markers
   */
  public int[] encode(Tokenizer tokenizer, List<ChatMessage> messages, String answerStart) {
    IntList ids = turns(tokenizer, messages);
    openAnswer(tokenizer, answerStart, ids);
    return ids.toArray();
  }

  private static void openAnswer(Tokenizer tokenizer, String answerStart, IntList ids) {
    ids.add(marker(tokenizer, START));
    tokenizer.encode(ANSWERER + "\n" + answerStart, ids::add);
  }

  private IntList turns(Tokenizer tokenizer, List<ChatMessage> messages) {
    int start = marker(tokenizer, START);
    IntList ids = new IntList(256);
    for (ChatMessage message : withSystem(messages)) {
      ids.add(start);
      tokenizer.encode(message.role() + "\n" + message.content(), ids::add);
      for (int id : closing(tokenizer)) {
        ids.add(id);
      }
    }
    return ids;
  }

  /** What follows the content of a turn: {@code <|im_end|>} and a line feed, as ids. */
  public int[] closing(Tokenizer tokenizer) {
    IntList ids = new IntList(2);
    ids.add(marker(tokenizer, END));
    tokenizer.encode("\n", ids::add);
    return ids.toArray();
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

  private static int marker(Tokenizer tokenizer, String name) {
    if (!isSpecial(tokenizer, name)) {
      throw new MiniLlmException.BadInput(
          "chat template",
          "this model's tokenizer has no special token "
              + name
              + "; it can continue text but not hold a ChatML conversation");
    }
    return tokenizer.idOf(name).getAsInt();
  }

  /** The texts that end an answer where a model spells them out. */
  public List<String> stops() {
    return List.of(END, START);
  }

  /** The ids that end an answer: the markers and the end of text, as far as there are any. */
  public Set<Integer> stopIds(Tokenizer tokenizer) {
    Set<Integer> ids = new TreeSet<>();
    for (String stop : stops()) {
      if (isSpecial(tokenizer, stop)) {
        ids.add(tokenizer.idOf(stop).getAsInt());
      }
    }
    tokenizer.eosId().ifPresent(ids::add);
    return ids;
  }
}
