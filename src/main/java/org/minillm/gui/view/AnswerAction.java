package org.minillm.gui.view;

import java.util.function.BiConsumer;
import javafx.scene.Node;
import org.minillm.gui.viewmodel.Message;

/**
 * Something that can be done with an answer: a button under each. What it opens may begin a branch
 * with {@link org.minillm.gui.viewmodel.ChatViewModel#branchFrom}.
 *
 * @param key of its name in the texts
 * @param asksModel whether it can be done only while the model can be asked
 * @param run with the answer and the button, to open a popover under it
 */
record AnswerAction(String key, Icon icon, boolean asksModel, BiConsumer<Message, Node> run) {}
