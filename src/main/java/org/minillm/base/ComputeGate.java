package org.minillm.base;

import java.util.concurrent.locks.ReentrantLock;

/**
 * Whose turn it is to compute. Training holds the turn and gives way between micro-batches; a chat
 * turn waits for it in a fair queue, so a message sent during training is answered after at most
 * one micro-batch.
 */
public final class ComputeGate {
  private final ReentrantLock turn = new ReentrantLock(true);
  private final Runnable arrival;

  /** A gate that threads come to as they are. */
  public ComputeGate() {
    this(() -> {});
  }

  /**
   * @param arrival what every thread that will take turns does once, when it begins
   */
  public ComputeGate(Runnable arrival) {
    this.arrival = arrival;
  }

  /** The calling thread begins: it will take turns here. */
  public void arrive() {
    arrival.run();
  }

  /** Waits for the turn; may be nested by the same thread. */
  public void enter() throws InterruptedException {
    turn.lockInterruptibly();
  }

  /** Ends the turn of the calling thread. */
  public void leave() {
    turn.unlock();
  }

  /** Whether the calling thread has the turn. */
  public boolean held() {
    return turn.isHeldByCurrentThread();
  }

  /** Lets whoever waits go first, then takes the turn again; returns at once when nobody waits. */
  public void giveWay() throws InterruptedException {
    if (turn.isHeldByCurrentThread() && turn.hasQueuedThreads()) {
      leaveAll();
      turn.lockInterruptibly();
    }
  }

  /** Ends the turn however deep it is nested; used while a job is paused. */
  void leaveAll() {
    while (turn.isHeldByCurrentThread()) {
      turn.unlock();
    }
  }
}
