package org.minillm.gui.view;

import java.util.ArrayList;
import java.util.List;
import org.minillm.app.MetricsPoint;
import org.minillm.gui.viewmodel.ChartViewModel;
import org.minillm.gui.viewmodel.Curve;
import org.minillm.gui.viewmodel.Texts;

/** What the cross-hair says about a point, in the language's form of numbers. */
record ChartTip(ChartViewModel chart, Texts texts) {
  private static final int DECIMALS = 4;

  List<String> lines(int at, List<String> events) {
    Curve curve = chart.curve();
    double factor = chart.inBits() ? curve.bitsPerNat() : 1;
    List<String> lines = new ArrayList<>();
    lines.add(
        texts.get(
            "chart.tip.where",
            texts.number(curve.step(at), 0),
            texts.number(curve.tokens(at), 0),
            texts.duration(Math.round(curve.seconds(at)))));
    lines.add(
        texts.get(
            "chart.tip.loss",
            texts.number(curve.loss(at) * factor, DECIMALS),
            texts.number(curve.smooth(at) * factor, DECIMALS)));
    MetricsPoint last = lastBefore(curve, curve.step(at));
    if (last != null) {
      lines.add(
          texts.get(
              "chart.tip.val",
              texts.number(last.valLoss(), DECIMALS),
              texts.number(last.bitsPerByte(), DECIMALS),
              texts.number(last.step(), 0)));
    }
    for (ChartViewModel.ComparedRun run : chart.compared()) {
      double other = chart.inBits() ? run.curve().bitsPerNat() : 1;
      int near = run.curve().nearest(chart.axisProperty().get(), chart.hoverProperty().get());
      if (near >= 0 && !Double.isNaN(other)) {
        String loss = texts.number(run.curve().smooth(near) * other, DECIMALS);
        lines.add(
            texts.get(
                "chart.tip.other", run.name(), loss, texts.number(run.curve().step(near), 0)));
      }
    }
    lines.addAll(events);
    return lines;
  }

  private static @org.jspecify.annotations.Nullable MetricsPoint lastBefore(
      Curve curve, long step) {
    MetricsPoint last = null;
    for (MetricsPoint e : curve.evaluations()) {
      if (e.step() <= step) {
        last = e;
      }
    }
    return last;
  }
}
