# shellcheck shell=bash
# few_colours PICTURE SITE : a picture for the site, a third as large. Sourced.
few_colours() { convert "$1" +dither -colors 32 -define png:compression-level=9 -strip "PNG8:$2"; }
