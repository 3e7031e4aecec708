// A shared library that is no plugin.
extern "C" __attribute__((visibility("default"))) int answer();
extern "C" int answer() {
  return 42;
}
