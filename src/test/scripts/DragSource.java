import java.awt.datatransfer.DataFlavor;
import java.awt.datatransfer.Transferable;
import java.awt.datatransfer.UnsupportedFlavorException;
import java.awt.dnd.DnDConstants;
import java.awt.dnd.DragSourceAdapter;
import java.awt.dnd.DragSourceDropEvent;
import java.awt.dnd.InvalidDnDOperationException;
import java.io.File;
import java.util.List;
import javax.swing.BorderFactory;
import javax.swing.JFrame;
import javax.swing.JLabel;

/**
 * A small window with the name of a file, to be dragged from as from a file manager (XDND, a list of
 * files). Ends with 0 when the file was taken, 1 when it was not. See newcomer.sh; needs a window
 * manager, without which AWT finds no window to drop on.
 *
 * <p>Arguments: x, y, the file's path as the other program sees it.
 */
public final class DragSource {
  private record Files(List<File> files) implements Transferable {
    @Override
    public DataFlavor[] getTransferDataFlavors() {
      return new DataFlavor[] {DataFlavor.javaFileListFlavor};
    }

    @Override
    public boolean isDataFlavorSupported(DataFlavor flavor) {
      return flavor.equals(DataFlavor.javaFileListFlavor);
    }

    @Override
    public Object getTransferData(DataFlavor flavor) throws UnsupportedFlavorException {
      if (!isDataFlavorSupported(flavor)) {
        throw new UnsupportedFlavorException(flavor);
      }
      return files;
    }
  }

  private DragSource() {}

  /**
   * @param args x, y, path
   */
  public static void main(String[] args) {
    File file = new File(args[2]);
    JLabel name = new JLabel(file.getName());
    name.setBorder(BorderFactory.createEmptyBorder(6, 10, 6, 10));
    java.awt.dnd.DragSource source = java.awt.dnd.DragSource.getDefaultDragSource();
    source.createDefaultDragGestureRecognizer(
        name,
        DnDConstants.ACTION_COPY,
        gesture -> {
          try {
            source.startDrag(
                gesture,
                null,
                new Files(List.of(file)),
                new DragSourceAdapter() {
                  @Override
                  public void dragDropEnd(DragSourceDropEvent e) {
                    System.exit(e.getDropSuccess() ? 0 : 1);
                  }
                });
          } catch (InvalidDnDOperationException e) {
            System.err.println("The drag cannot begin: " + e.getMessage());
            System.exit(1);
          }
        });
    JFrame window = new JFrame(file.getName());
    window.setUndecorated(true);
    window.add(name);
    window.setAlwaysOnTop(true);
    window.pack();
    window.setLocation(Integer.parseInt(args[0]), Integer.parseInt(args[1]));
    window.setVisible(true);
  }
}
