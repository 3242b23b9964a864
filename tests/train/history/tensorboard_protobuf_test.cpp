// The library of Protocol Buffers reads what TensorBoardWriter encoded. Left out of the build where
// it is not installed; tensorboard_test.cpp has a decoder of its own.

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/dynamic_message.h>

#include <boost/test/unit_test.hpp>
#include <foregraph/detail/train/history/tensorboard.hpp>

#include "train/history/event_file.hpp"
#include "train/history/records.hpp"

using namespace foregraph;
using namespace foregraph::test;
namespace pb = google::protobuf;

namespace {

using Type = pb::FieldDescriptorProto;

void add_field(pb::DescriptorProto& message, const char* name, int number, Type::Type type,
               const char* message_type = nullptr, bool repeated = false) {
  Type& field = *message.add_field();
  field.set_name(name);
  field.set_number(number);
  field.set_type(type);
  field.set_label(repeated ? Type::LABEL_REPEATED : Type::LABEL_OPTIONAL);
  if (message_type != nullptr) field.set_type_name(message_type);
}

/// The part of TensorFlow's event.proto and summary.proto that is needed here.
const pb::Descriptor* event_type(pb::DescriptorPool& pool) {
  pb::FileDescriptorProto file;
  file.set_name("event.proto");
  file.set_syntax("proto3");
  pb::DescriptorProto& value = *file.add_message_type();
  value.set_name("Value");
  add_field(value, "tag", 1, Type::TYPE_STRING);
  add_field(value, "simple_value", 2, Type::TYPE_FLOAT);
  pb::DescriptorProto& summary = *file.add_message_type();
  summary.set_name("Summary");
  add_field(summary, "value", 1, Type::TYPE_MESSAGE, ".Value", true);
  pb::DescriptorProto& event = *file.add_message_type();
  event.set_name("Event");
  add_field(event, "wall_time", 1, Type::TYPE_DOUBLE);
  add_field(event, "step", 2, Type::TYPE_INT64);
  add_field(event, "file_version", 3, Type::TYPE_STRING);
  add_field(event, "summary", 5, Type::TYPE_MESSAGE, ".Summary");
  const pb::FileDescriptor* built = pool.BuildFile(file);
  BOOST_REQUIRE(built != nullptr);
  return built->FindMessageTypeByName("Event");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tensorboard_protobuf)

BOOST_AUTO_TEST_CASE(protobuf_reads_the_same) {
  const Folder folder;
  TensorBoardWriter writer(folder.path(), {.wall_time = [] { return 12.25; }, .host = "h"});
  writer.add(300, {{"loss", 0.5}, {"caf\xC3\xA9", -2}});
  writer.add(-1, {{"zero", 0}});

  pb::DescriptorPool pool;
  const pb::Descriptor* type = event_type(pool);
  pb::DynamicMessageFactory factory(&pool);
  std::string text;
  for (const std::string& record : records_of(content_of(writer.path()))) {
    const std::unique_ptr<pb::Message> event(factory.GetPrototype(type)->New());
    BOOST_TEST_REQUIRE(event->ParseFromString(record));
    BOOST_TEST(event->GetReflection()->GetUnknownFields(*event).empty());
    text += event->ShortDebugString() + "\n";
  }
  BOOST_TEST(text ==
             "wall_time: 12.25 file_version: \"brain.Event:2\"\n"
             "wall_time: 12.25 step: 300 summary { value { tag: \"loss\" simple_value: 0.5 } "
             "value { tag: \"caf\\303\\251\" simple_value: -2 } }\n"
             "wall_time: 12.25 step: -1 summary { value { tag: \"zero\" } }\n");
}

BOOST_AUTO_TEST_SUITE_END()
