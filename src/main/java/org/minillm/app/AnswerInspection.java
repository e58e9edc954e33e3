package org.minillm.app;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.minillm.generate.Candidate;
import org.minillm.generate.ScoredToken;
import org.minillm.model.ModelConfig;
import org.minillm.tokenizer.TokenSpan;
import org.minillm.tokenizer.Tokenizer;

/**
 * An answer token by token: what the model saw before it, how likely it found each token and what
 * it would rather have said. Immutable.
 */
public final class AnswerInspection {
  /** Likeliest tokens told beside each. */
  static final int CANDIDATES = 8;

  /**
   * A token that the model could have put in a token's place.
   *
   * @param span how to show it, on its own
   * @param probability from 0 to 1
   * @param chosen whether the answer has it
   */
  public record Alternative(TokenSpan span, double probability, boolean chosen) {}

  private final Tokenizer tokenizer;
  private final int[] ids;
  private final int from;
  private final List<TokenSpan> spans;
  private final List<ScoredToken> answer;
  private final int layers;
  private final int heads;
  private final int unseen;

  /**
   * @param ids prompt and answer
   * @param from where the answer begins in them
   * @param answer the scores of ids[from, end)
   * @param made tokens of the whole answer
   */
  AnswerInspection(
      Tokenizer tokenizer,
      ModelConfig config,
      int[] ids,
      int from,
      List<ScoredToken> answer,
      int made) {
    this.tokenizer = tokenizer;
    this.ids = ids;
    this.from = from;
    this.spans = TokenSpan.of(tokenizer, ids);
    this.answer = List.copyOf(answer);
    this.layers = config.nLayers();
    this.heads = config.nHeads();
    this.unseen = made - answer.size();
  }

  int[] ids() {
    return ids;
  }

  /** All tokens the model saw: the prompt with its markers, then the answer. */
  public List<TokenSpan> spans() {
    return spans;
  }

  /** Where the answer begins in {@link #spans}. */
  public int from() {
    return from;
  }

  /** The answer's tokens with their probabilities. */
  public List<ScoredToken> answer() {
    return answer;
  }

  /** Tokens at the end of the answer that do not fit the context and are not told. */
  public int unseen() {
    return unseen;
  }

  /** Layers of the model. */
  public int layers() {
    return layers;
  }

  /** Query heads a layer. */
  public int heads() {
    return heads;
  }

  /**
   * The likeliest tokens in the place of one, falling; the answer's own is added at the end where
   * it is not among them.
   *
   * @param token index in {@link #answer}
   */
  public List<Alternative> alternatives(int token) {
    ScoredToken scored = answer.get(token);
    List<Alternative> all = new ArrayList<>();
    boolean found = false;
    for (Candidate candidate : scored.candidates()) {
      boolean chosen = candidate.id() == scored.id();
      found |= chosen;
      all.add(new Alternative(alone(candidate.id()), candidate.probability(), chosen));
    }
    if (!found) {
      all.add(new Alternative(alone(scored.id()), scored.probability(), true));
    }
    return all;
  }

  private TokenSpan alone(int id) {
    return TokenSpan.of(tokenizer, new int[] {id}).get(0);
  }

  /** Whether an answer can go on from an alternative: it is text of whole characters. */
  public boolean canBranch(int token, Alternative alternative) {
    return !alternative.chosen()
        && !alternative.span().special()
        && alternative.span().bytes() > 0
        && branch(token, alternative).indexOf('\uFFFD') < 0;
  }

  /** The answer's text before a token, with an alternative in its place: to go on from there. */
  public String branch(int token, Alternative alternative) {
    int[] kept = Arrays.copyOfRange(ids, from, from + token + 1);
    kept[token] = alternative.span().id();
    int known = tokenizer.vocabSize();
    return tokenizer.decode(Arrays.stream(kept).filter(id -> id < known).toArray());
  }
}
