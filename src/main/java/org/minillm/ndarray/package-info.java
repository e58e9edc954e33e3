/** The NumPy-equivalent: float32 n-d arrays with NumPy's names and broadcasting rules. */
@NullMarked
package org.minillm.ndarray;

import org.jspecify.annotations.NullMarked;
