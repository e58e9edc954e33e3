# shellcheck shell=bash
# few_colours PICTURE SITE : a picture for the site, about a third as large. Sourced. With fewer than a
# palette holds, what is small, such as bars and ticks, gets the colours of what is large.
few_colours() { convert "$1" +dither -colors 256 -define png:compression-level=9 -strip "PNG8:$2"; }
