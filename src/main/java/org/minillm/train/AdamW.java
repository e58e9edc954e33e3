package org.minillm.train;

import java.util.List;
import org.minillm.base.WorkerPool;
import org.minillm.format.SafeTensors;
import org.minillm.model.Parameters;

/** AdamW (Loshchilov and Hutter 2019) in two groups: matrices decay, norms do not. */
final class AdamW extends Optimizer {
  /** Second moments. */
  private final Parameters v;

  AdamW(Parameters moments, TrainOptions options, WorkerPool pool) {
    super(moments, options, pool);
    v = moments.zerosLike();
  }

  @Override
  void update(Parameters weights, Parameters gradients, long step, double rate, float gradScale) {
    for (Parameters.Parameter p : weights.all()) {
      adamW(weights, gradients, p, v.data(), p.array().offset(), step, rate, gradScale);
    }
  }

  @Override
  List<SafeTensors.Tensor> state() {
    List<SafeTensors.Tensor> tensors = firstMoments();
    for (Parameters.Parameter p : v.all()) {
      tensors.add(tensor("v.", p, p.array().data(), p.array().offset()));
    }
    return tensors;
  }
}
