// Files of a training where nothing can be written or read: a FileError, before the first step.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <foregraph/foregraph.hpp>
#include <string>

#include "support/expect.hpp"
#include "support/folder.hpp"
#include "support/sanitized.hpp"
#include "support/training_data.hpp"

using namespace foregraph;

namespace unwritable_tests {

struct UnwritableSetup {
  UnwritableSetup() : model(line_of(graph)), trainer(graph, model, optim::sgd(0.1)) {}

  static Model line_of(Graph& g) {
    const auto x = g.input("x", {batch, 4});
    const auto y = g.input("label", {batch, 1});
    return {.loss = nn::mean_squared_error(nn::dense(x, 1, "line"), y), .outputs = {}};
  }
  /// Trains with these options, and counts the steps.
  void fit(FitOptions options) {
    options.epochs = 1;
    options.progress = false;
    options.on_report = [](const Report&) {};
    options.callbacks.push_back({.after_step = [&](TrainerBase&, const StepResult&) {
      ++steps;
      return true;
    }});
    (void)trainer.fit(data::from(test::two_classes(32, 4)).batch(8), options);
  }

  Graph graph;
  Model model;
  Trainer<> trainer;
  int steps = 0;
};

/// Runs `work` in a child without rights in folders of others. Returns its exit code: 0 if nothing
/// was thrown, 10 for a FileError, 11 for another Error, 12 for anything else.
template <class Work>
int code_without_rights(const Work& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    constexpr uid_t nobody = 65534;
    if (::geteuid() == 0 && (::setgid(nobody) != 0 || ::setuid(nobody) != 0)) ::_exit(77);
    try {
      work();
    } catch (const FileError&) {
      ::_exit(10);
    } catch (const Error&) {
      ::_exit(11);
    } catch (...) {
      ::_exit(12);
    }
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 99;
}

}  // namespace unwritable_tests
using namespace unwritable_tests;

BOOST_AUTO_TEST_SUITE(unwritable_files)

BOOST_AUTO_TEST_CASE(a_name_that_is_too_long_is_a_file_error) {
  const test::Folder folder;
  const std::string name((folder / "x").string() + std::string(300, 'x'));
  UnwritableSetup setup;
  test::expect<FileError>([&] { setup.fit({.checkpoint = {.path = name}}); },
                          {"xxx'", "File name too long"});
  test::expect<FileError>([&] { setup.fit({.best_model = name}); }, {"File name too long"});
  test::expect<FileError>([&] { setup.trainer.save(name); }, {"File name too long"});
  test::expect<FileError>([&] { setup.trainer.load(name); }, {"File name too long"});
  test::expect<UsageError>([&] { setup.fit({.history_csv = name}); }, {"File name too long"});
  test::expect<UsageError>([&] { setup.fit({.history_json = name}); }, {"File name too long"});
  test::expect<UsageError>([&] { setup.fit({.tensorboard = name}); }, {"File name too long"});
  BOOST_TEST(setup.steps == 0);
}

BOOST_AUTO_TEST_CASE(a_folder_that_is_missing_is_told_before_the_first_step) {
  const test::Folder folder;
  UnwritableSetup setup;
  test::expect<FileError>([&] { setup.fit({.checkpoint = {.path = folder / "none/file"}}); },
                          {"none/file'", "No such file or directory"});
  test::expect<FileError>([&] { setup.fit({.best_model = folder / "none/file"}); },
                          {"none/file'", "No such file or directory"});
  BOOST_TEST(setup.steps == 0);
}

BOOST_AUTO_TEST_CASE(a_folder_without_rights_is_a_file_error) {
  const test::Folder folder;
  std::filesystem::create_directory(folder / "closed");
  std::filesystem::permissions(folder / "closed", std::filesystem::perms::none);
  const auto file = folder / "closed/file";
  for (const FitOptions& options :
       {FitOptions{.checkpoint = {.path = file}}, FitOptions{.best_model = file}}) {
    const int code = code_without_rights([&] { UnwritableSetup().fit(options); });
    if (code == 77) return;  // neither root nor without rights
    BOOST_TEST(code == 10);
  }
  BOOST_TEST(code_without_rights([&] { UnwritableSetup().trainer.load(file); }) == 10);
  BOOST_TEST(code_without_rights([&] { UnwritableSetup().trainer.save(file); }) == 10);
  for (const FitOptions& options :
       {FitOptions{.history_csv = file}, FitOptions{.tensorboard = file}})
    BOOST_TEST(code_without_rights([&] { UnwritableSetup().fit(options); }) == 11);
  std::filesystem::permissions(folder / "closed", std::filesystem::perms::owner_all);
}

BOOST_AUTO_TEST_CASE(a_checkpoint_goes_on_through_a_link) {
  const test::Folder folder;
  std::filesystem::create_directory(folder / "disk");
  std::filesystem::create_symlink("disk/run.safetensors", folder / "run");  // to no file yet
  UnwritableSetup first;
  first.fit({.checkpoint = {.path = folder / "run"}});
  BOOST_TEST(first.steps == 4);
  BOOST_TEST(std::filesystem::is_symlink(folder / "run"));
  BOOST_TEST(std::filesystem::is_regular_file(folder / "disk/run.safetensors"));
  UnwritableSetup second;
  second.fit({.checkpoint = {.path = folder / "run"}});  // finds that the epoch has run
  BOOST_TEST(second.steps == 0);
}

BOOST_AUTO_TEST_CASE(memory_that_the_system_refuses_is_a_budget_error) {
  if (test::is_sanitized) return;  // ends a process that asks for as much
  test::expect<BudgetError>([] { Arena arena(std::size_t{1} << 55); },
                            {"the system refused to allocate 32.0 PiB", "use a smaller batch"});
}

BOOST_AUTO_TEST_SUITE_END()
