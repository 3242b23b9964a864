#include <boost/test/unit_test.hpp>
#include <foregraph/models.hpp>

using namespace foregraph;

namespace {

template <class ModelFunction>
std::int64_t parameters_of(const ModelFunction& function) {
  Graph g;
  (void)function(g);
  std::int64_t count = 0;
  for (const Variable& v : g.variables)
    if (v.trainable) count += g.node(v.node).shape.elements().constant;
  return count;
}

/// Plans the step, without memory for it, and checks the plan.
template <class ModelFunction>
Bytes checked_peak(const ModelFunction& function, std::int64_t batch_size) {
  const Step planned = compile(function, optim::adam(), batch_size);
  BOOST_TEST(validate(planned.graph, planned.plan).ok());
  BOOST_TEST((planned.plan.lower_bound() <= planned.plan.peak()));
  return planned.plan.peak();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ready_models)

BOOST_AUTO_TEST_CASE(as_many_parameters_as_published) {
  BOOST_TEST(parameters_of(models::resnet18) == 11'689'512);
  BOOST_TEST(parameters_of(models::mobilenet_v2_224) == 3'504'872);
  BOOST_TEST(parameters_of(models::vgg16_imagenet) == 138'357'544);
  BOOST_TEST(parameters_of(models::gpt2_small) == 124'439'808);
}

BOOST_AUTO_TEST_CASE(the_workloads_have_the_parameters_of_their_definition) {
  BOOST_TEST(parameters_of(models::w4_mlp) == 784 * 512 + 512 + 512 * 512 + 512 + 5130);
  // Without padding 28 -> 24 -> 12 -> 8 -> 4, so 256 numbers go into the first dense layer.
  BOOST_TEST(parameters_of(models::w5_lenet) ==
             156 + 2416 + (256 * 120 + 120) + (120 * 84 + 84) + 850);
  // The paper's 0.27 million, and the two 1x1 shortcuts with their norms.
  BOOST_TEST(parameters_of(models::w6_resnet20) == 269'722 + (16 * 32 + 64) + (32 * 64 + 128));
  BOOST_TEST(parameters_of(models::w7_lstm) == 64 * 1024 + 256 * 1024 + 1024 + 2570);
  BOOST_TEST(parameters_of(models::w8_transformer) ==
             96 * 128 + 128 * 128 + 4 * (12 * 128 * 128 + 13 * 128) + 256);
}

BOOST_AUTO_TEST_CASE(their_steps_are_planned_without_their_memory) {
  for (const std::int64_t size : {1, 32}) {
    (void)checked_peak(models::w5_lenet, size);
    (void)checked_peak(models::w6_resnet20, size);
    (void)checked_peak(models::w7_lstm, size);
    (void)checked_peak(models::w8_transformer, size);
    (void)checked_peak(models::resnet18, size);
    (void)checked_peak(models::mobilenet_v2_small, size);
    (void)checked_peak(models::vgg16_cifar100, size);
  }
  const Bytes small = checked_peak(models::gpt2_small, 1);
  const Bytes large = checked_peak(models::gpt2_small, 512);
  BOOST_TEST(small.count > std::int64_t{124'439'808} * 4 * 3);  // parameters and Adam's state
  BOOST_TEST(large.count > std::int64_t{128} << 30);            // some 190 GiB
}

BOOST_AUTO_TEST_SUITE_END()
