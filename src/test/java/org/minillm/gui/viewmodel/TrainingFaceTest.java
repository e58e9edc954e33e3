package org.minillm.gui.viewmodel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.minillm.app.JobState;
import org.minillm.app.TrainingSnapshots;

class TrainingFaceTest {
  private static TrainingFace face(JobState state, boolean saved) {
    return TrainingFace.of(Optional.of(TrainingSnapshots.at(3, state, 4, saved)));
  }

  @Test
  void aRunThatWasStoppedBeforeItSavedAnythingIsNotOneToGoOnWith() {
    assertEquals(TrainingFace.STOPPED, face(JobState.CANCELLED, true));
    assertEquals(TrainingFace.UNSAVED, face(JobState.CANCELLED, false));
    assertFalse(TrainingFace.UNSAVED.busy());
    assertEquals(TrainingFace.RUNNING, face(JobState.RUNNING, false));
    assertEquals(TrainingFace.FAILED, face(JobState.FAILED, false));
  }
}
