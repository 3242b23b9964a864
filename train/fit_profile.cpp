// The profile of fit()'s first steps.
#include <cstdio>

#include <foregraph/detail/train/fit_run.hpp>

namespace foregraph {

void FitRun::start_profile() {
  Program& program = core_.step().program();
  recording_.emplace(options_.profile->steps, options_.profile->warm_up, program.instructions(),
                     options_.profile->memory);
  records_.emplace(program, *recording_);
}

void FitRun::finish_profile() {
  const Program& program = core_.step().program();
  records_.reset();
  const Profile profile = make_profile(program, *recording_, program.plan().batch);
  recording_.reset();
  const ProfileOptions& options = *options_.profile;
  if (!options.trace.empty()) write_chrome_trace(options.trace, profile);
  if (options.on_profile)
    options.on_profile(profile);
  else
    std::fprintf(stderr, "%s", to_table(profile).c_str());
}

}  // namespace foregraph
