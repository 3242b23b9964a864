// Loads the plug-in twice, trains in it, and unloads it: plugin_host PLUGIN. It knows nothing of
// the library itself.
#include <dlfcn.h>

#include <cstdio>

int main(int argc, char** argv) {
  for (int turn = 0; turn < 2; ++turn) {
    void* const plugin = argc > 1 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : nullptr;
    void* const symbol = plugin == nullptr ? nullptr : dlsym(plugin, "loss_of_trained_line");
    if (symbol == nullptr) {
      std::printf("%s\n", argc > 1 ? dlerror() : "which plug-in?");
      return 1;
    }
    const double loss = reinterpret_cast<double (*)()>(symbol)();
    std::printf("loss %g in a plug-in\n", loss);
    if (!(loss < 1e-6)) return 1;
    dlclose(plugin);
  }
  return 0;
}
