% octave_reader.m FILE EXPECTED: loads the whole file at once and looks for every dataset in it; prints
% {"version": ..., "missing": [[path, what], ...]}. load() makes names of them that Octave allows, turns the
% dimensions around, and reads no attributes.
arguments = argv();
loaded = load("-hdf5", arguments{1});
missing = {};
lines = strsplit(regexprep(fileread(arguments{2}), "\n$", ""), "\n");
for i = 1:numel(lines)
  fact = strsplit(lines{i}, "\t", "CollapseDelimiters", false);
  value = loaded;
  try
    for name = strsplit(fact{1}(2:end), "/")
      value = value.(regexprep(name{1}, "[^A-Za-z0-9_]", "_"));
    end
    wanted = str2double(fact{2});
    if strcmp(fact{3}, "text")
      good = rows(value) == wanted || wanted == 0;
      if good && wanted > 0
        good = strcmp(regexprep(value(1, :), "[\\0 ]+$", ""), regexprep(fact{4}, "[\\0 ]+$", ""));
      end
    else
      good = numel(value) == wanted;
      if good && wanted > 0
        if isinteger(value)
          good = strcmp(sprintf("%d", value(1)), fact{4});
        else
          number = str2double(fact{4});
          good = (isnan(value(1)) && isnan(number)) || abs(value(1) - number) <= 1e-6 * abs(number);
        end
      end
    end
    if ! good
      missing{end + 1} = sprintf("[\"%s\", \"values\"]", fact{1});
    end
    if strncmp(fact{5}, "nanoseconds since", 17) && wanted > 0
      seconds = double(value(1)) / 1e9;
      if abs((datenum(1970, 1, 1) + seconds / 86400 - datenum(gmtime(seconds).year + 1900, 1, 1)) - gmtime(seconds).yday) >= 1
        missing{end + 1} = sprintf("[\"%s\", \"times\"]", fact{1});
      end
    end
  catch problem
    missing{end + 1} = sprintf("[\"%s\", \"%s\"]", fact{1}, strrep(problem.message, "\"", "'"));
  end
end
printf("{\"version\": \"%s\", \"missing\": [%s]}\n", version(), strjoin(missing, ", "));
