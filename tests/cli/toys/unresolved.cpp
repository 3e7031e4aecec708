// Needs a symbol that no library has.
extern "C" int ipet_toy_missing_function();
extern "C" __attribute__((visibility("default"))) int call_it();
extern "C" int call_it() {
  return ipet_toy_missing_function();
}
