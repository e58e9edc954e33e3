package org.minillm.tokenizer;

import java.util.List;
import java.util.Optional;
import org.minillm.base.MiniLlmException.BadInput;

/**
 * The forms of conversations that this app renders, each with the Jinja it is written as and the
 * spellings in which it is published.
 */
enum ChatForm {
  /** Ours, SmolLM's and Qwen's. */
  CHATML("ChatML", List.of("<|im_start|>", "<|im_end|>")) {
    @Override
    void write(List<ChatMessage> messages, boolean open, Pieces to) {
      for (ChatMessage message : messages) {
        to.special("<|im_start|>");
        to.text(message.role() + "\n" + message.content());
        to.special("<|im_end|>");
        to.text("\n");
      }
      if (open) {
        to.special("<|im_start|>");
        to.text("assistant\n");
      }
    }

    @Override
    List<String> spellings() {
      return List.of(
          "{% for message in messages %}"
              + "{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>'"
              + " + '\\n' }}"
              + "{% endfor %}"
              + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}",
          "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n"
              + "' + message['content'] + '<|im_end|>\\n"
              + "'}}{% if loop.last and add_generation_prompt %}{{'<|im_start|>assistant\\n"
              + "'}}{% endif %}{% endfor %}",
          "{% for message in messages %}"
              + "{% if message['role'] == 'system' %}"
              + "{{ '<|im_start|>system\\n' + message['content'] + '<|im_end|>\\n' }}"
              + "{% elif message['role'] == 'user' %}"
              + "{{ '<|im_start|>user\\n' + message['content'] + '<|im_end|>\\n' }}"
              + "{% elif message['role'] == 'assistant' %}"
              + "{{ '<|im_start|>assistant\\n' + message['content'] + '<|im_end|>\\n' }}"
              + "{% endif %}"
              + "{% endfor %}"
              + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}");
    }
  },

  /** Llama 2 Chat's: the system message stands inside the first user's. */
  LLAMA2("Llama 2", List.of()) {
    @Override
    void write(List<ChatMessage> messages, boolean open, Pieces to) {
      boolean system = !messages.isEmpty() && messages.get(0).role().equals("system");
      List<ChatMessage> turns = system ? messages.subList(1, messages.size()) : messages;
      for (int i = 0; i < turns.size(); i++) {
        ChatMessage turn = turns.get(i);
        if (!turn.role().equals(i % 2 == 0 ? "user" : "assistant")) {
          throw new BadInput(
              "message " + (i + 1) + " of role " + turn.role(),
              "in Llama 2's chat template user and assistant take turns and the user begins");
        }
        String content = turn.content();
        if (i == 0 && system) {
          content = "<<SYS>>\n" + messages.get(0).content() + "\n<</SYS>>\n\n" + content;
        }
        if (turn.role().equals("user")) {
          to.begin();
          to.text("[INST] " + trim(content) + " [/INST]");
        } else {
          to.text(" " + trim(content) + " ");
          to.end();
        }
      }
    }

    @Override
    List<String> spellings() {
      String head =
          "{% if messages[0]['role'] == 'system' %}"
              + "{% set loop_messages = messages[1:] %}"
              + "{% set system_message = messages[0]['content'] %}"
              + "{% else %}"
              + "{% set loop_messages = messages %}"
              + "{% set system_message = false %}"
              + "{% endif %}"
              + "{% for message in loop_messages %}"
              + "{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
              + "{{ raise_exception('Conversation roles must alternate"
              + " user/assistant/user/assistant/...') }}"
              + "{% endif %}"
              + "{% if loop.index0 == 0 and system_message != false %}"
              + "{% set content = '<<SYS>>\\n' + system_message + '\\n<</SYS>>\\n\\n'"
              + " + message['content'] %}"
              + "{% else %}"
              + "{% set content = message['content'] %}"
              + "{% endif %}"
              + "{% if message['role'] == 'user' %}"
              + "{{ bos_token + '[INST] ' + content.strip() + ' [/INST]' }}";
      String tail =
          "{% elif message['role'] == 'assistant' %}"
              + "{{ ' ' + content.strip() + ' ' + eos_token }}"
              + "{% endif %}"
              + "{% endfor %}";
      String never = // after the first message a system message raises the exception
          "{% elif message['role'] == 'system' %}"
              + "{{ '<<SYS>>\\n' + content.strip() + '\\n<</SYS>>\\n\\n' }}";
      return List.of(head + tail, head + never + tail);
    }
  },

  /** Llama 3 Instruct's, before 3.1 put tools and a date into it. */
  LLAMA3("Llama 3", List.of("<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>")) {
    @Override
    void write(List<ChatMessage> messages, boolean open, Pieces to) {
      if (!messages.isEmpty()) {
        to.begin();
      }
      for (ChatMessage message : messages) {
        header(message.role(), to);
        to.text(trim(message.content()));
        to.special("<|eot_id|>");
      }
      if (open) {
        header("assistant", to);
      }
    }

    private void header(String role, Pieces to) {
      to.special("<|start_header_id|>");
      to.text(role);
      to.special("<|end_header_id|>");
      to.text("\n\n");
    }

    @Override
    List<String> spellings() {
      String turn =
          "'<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n'"
              + " + message['content'] | trim + '<|eot_id|>'";
      String open =
          "{% if add_generation_prompt %}"
              + "{{ '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}"
              + "{% endif %}";
      return List.of(
          "{% set loop_messages = messages %}{% for message in loop_messages %}{% set content = "
              + turn
              + " %}{% if loop.index0 == 0 %}{% set content = bos_token + content %}{% endif %}"
              + "{{ content }}{% endfor %}"
              + open,
          "{{ bos_token }}{% for message in messages %}{{ " + turn + " }}{% endfor %}" + open);
    }
  },

  /** Zephyr's and TinyLlama Chat's; other roles than the three are left out. */
  ZEPHYR("Zephyr", List.of()) {
    @Override
    void write(List<ChatMessage> messages, boolean open, Pieces to) {
      for (ChatMessage message : messages) {
        if (List.of("user", "system", "assistant").contains(message.role())) {
          to.perhapsSpecial("<|" + message.role() + "|>");
          to.text("\n" + message.content());
          to.end();
          to.text("\n");
        }
      }
      if (open && !messages.isEmpty()) {
        to.perhapsSpecial("<|assistant|>");
        to.text("\n");
      }
    }

    @Override
    List<String> spellings() {
      return List.of(
          "{% for message in messages %}\n"
              + "{% if message['role'] == 'user' %}\n"
              + "{{ '<|user|>\\n' + message['content'] + eos_token }}\n"
              + "{% elif message['role'] == 'system' %}\n"
              + "{{ '<|system|>\\n' + message['content'] + eos_token }}\n"
              + "{% elif message['role'] == 'assistant' %}\n"
              + "{{ '<|assistant|>\\n'  + message['content'] + eos_token }}\n"
              + "{% endif %}\n"
              + "{% if loop.last and add_generation_prompt %}\n"
              + "{{ '<|assistant|>' }}\n"
              + "{% endif %}\n"
              + "{% endfor %}");
    }
  };

  /** Hears a conversation piece by piece. */
  interface Pieces {
    void text(String text);

    /** A special token that the form cannot do without. */
    void special(String token);

    /** A special token where the tokenizer has it, else text. */
    void perhapsSpecial(String token);

    /** BOS. */
    void begin();

    /** EOS. */
    void end();
  }

  private final String title;
  private final List<String> markers;

  ChatForm(String title, List<String> markers) {
    this.title = title;
    this.markers = markers;
  }

  /** For people. */
  String title() {
    return title;
  }

  /** Special tokens that the tokenizer must have; those that end or begin a turn. */
  List<String> markers() {
    return markers;
  }

  /** Whether the tokenizer must have BOS and EOS. */
  boolean needsBoundaries() {
    return this != CHATML;
  }

  abstract void write(List<ChatMessage> messages, boolean open, Pieces to);

  /** The Jinja texts that render so; the first is the one that is written. */
  abstract List<String> spellings();

  static Optional<ChatForm> recognise(String jinja) {
    String form = JinjaText.form(jinja);
    for (ChatForm each : values()) {
      for (String spelling : each.spellings()) {
        if (JinjaText.form(spelling).equals(form)) {
          return Optional.of(each);
        }
      }
    }
    return Optional.empty();
  }

  /** As Python's and Jinja's: all that Unicode calls white space, the no-break space too. */
  private static String trim(String text) {
    int from = 0;
    int to = text.length();
    while (from < to && isSpace(text.charAt(from))) {
      from++;
    }
    while (to > from && isSpace(text.charAt(to - 1))) {
      to--;
    }
    return text.substring(from, to);
  }

  private static boolean isSpace(char c) {
    return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == '\u0085';
  }
}
