# hdf5r_reader.R FILE EXPECTED: reads every dataset; prints {"version": ..., "missing": [[path, what], ...]}.
suppressMessages(library(hdf5r))
arguments <- commandArgs(TRUE)
file <- H5File$new(arguments[1], "r")
expected <- read.delim(arguments[2], header = FALSE, colClasses = "character", quote = "", na.strings = character(0),
                       fileEncoding = "UTF-8", col.names = c("path", "elements", "kind", "first", "units"))
missing <- character(0)
miss <- function(path, what) missing <<- c(missing, sprintf('["%s", "%s"]', path, gsub('[\\"\n]', " ", what)))
for (i in seq_len(nrow(expected))) {
  e <- expected[i, ]
  try_read <- try({
    dataset <- file[[e$path]]
    values <- dataset$read()
    if (length(values) != as.numeric(e$elements)) miss(e$path, "values")
    if (length(values) > 0) {
      first <- as.vector(values)[1]
      same <- if (e$kind == "text") identical(as.character(values)[1], e$first)
              else if (inherits(values, "integer64")) as.character(values[1]) == e$first
              else isTRUE(all.equal(as.numeric(first), as.numeric(e$first))) ||
                (is.na(first) && e$first == "NaN")
      if (!same) miss(e$path, "values")
    }
    if (e$units != "" && !identical(h5attr(dataset, "units"), e$units)) miss(e$path, "units")
    if (startsWith(e$units, "nanoseconds since") && length(values) > 0) {
      # As a POSIXct; seconds are enough to see that it is the right time.
      time <- as.POSIXct(as.numeric(values[1]) / 1e9, origin = "1970-01-01", tz = "UTC")
      if (abs(as.numeric(time) - as.numeric(e$first) / 1e9) > 1) miss(e$path, "times")
    }
  }, silent = TRUE)
  if (inherits(try_read, "try-error")) miss(e$path, as.character(try_read))
}
cat(sprintf('{"version": "%s", "missing": [%s]}\n', packageVersion("hdf5r"), paste(missing, collapse = ", ")))
