// Entries of image folders that are no images: symbolic links, folders, pipes; and JPEG files of
// odd kinds.
#include <sys/stat.h>
#include <unistd.h>

#include <foregraph/detail/base/error.hpp>

#include "image_files.hpp"
#include "support/expect.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace {

void link_to(const std::filesystem::path& target, const std::filesystem::path& link) {
  std::filesystem::create_symlink(target, link);
}

/// A JPEG file with a segment of this marker behind its first two bytes.
std::string with_jpeg_segment(const std::string& jpeg, int marker, const std::string& content) {
  const std::size_t length = content.size() + 2;
  return jpeg.substr(0, 2) + '\xff' + static_cast<char>(marker) + static_cast<char>(length >> 8) +
         static_cast<char>(length & 255) + content + jpeg.substr(2);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(odd_entries_of_image_folders)

BOOST_AUTO_TEST_CASE(links_that_lead_nowhere_are_named) {
  for (const char* name : {"a/2.png", "a/2.JPG", "a/folder", "class"}) {
    ImageSet set;
    set.add("a/1.png", png_bytes(plain(2, 2, {1, 2, 3})));
    link_to("/nowhere/image", set.path() / name);
    expect<DataError>([&] { (void)data::read_images(set.path()); },
                      {(set.path() / name).c_str(), "is a symbolic link to '/nowhere/image'",
                       "which does not exist", "restore its target"});
  }
  ImageSet set;
  set.add("a/1.png", png_bytes(plain(2, 2, {1, 2, 3})));
  link_to("2.png", set.path() / "a/2.png");  // to itself
  expect<DataError>([&] { (void)data::read_images(set.path()); },
                    {"a/2.png' is a symbolic link to '2.png'", "cannot be followed"});
}

BOOST_AUTO_TEST_CASE(links_that_may_dangle) {
  ImageSet set;
  set.add("a/1.png", png_bytes(plain(2, 2, {1, 2, 3})));
  link_to("/nowhere", set.path() / "a/notes.txt");
  link_to("/nowhere", set.path() / "a/.hidden.png");
  link_to("/nowhere", set.path() / ".hidden");
  BOOST_TEST(data::read_images(set.path()).size() == 1);
}

BOOST_AUTO_TEST_CASE(links_are_followed) {
  ImageSet elsewhere;
  const auto image = elsewhere.add("deep/x.png", png_bytes(plain(2, 2, {9, 2, 3})));
  ImageSet set;
  set.add("a/1.png", png_bytes(plain(2, 2, {1, 2, 3})));
  link_to(image, set.path() / "a/2.png");
  link_to(elsewhere.path() / "deep", set.path() / "a/more");
  link_to(elsewhere.path() / "deep", set.path() / "b");
  const data::Dataset data = data::read_images(set.path(), {.scale = false});
  BOOST_REQUIRE(data.size() == 4);
  for (const std::int64_t row : {1, 2, 3}) BOOST_TEST(pixels(data, row)[0] == 9.0F);
  BOOST_TEST(label(data, 2) == 0);
  BOOST_TEST(label(data, 3) == 1);
}

BOOST_AUTO_TEST_CASE(a_link_to_a_folder_around_it) {
  ImageSet set;
  set.add("a/deeper/1.png", png_bytes(plain(2, 2, {1, 2, 3})));
  link_to("..", set.path() / "a/deeper/up");
  expect<DataError>([&] { (void)data::read_images(set.path()); },
                    {"a/deeper/up' is a symbolic link to", "a folder that contains it"});
}

BOOST_AUTO_TEST_CASE(folders_and_pipes_with_the_name_of_an_image) {
  ImageSet set;
  set.add("a/1.png", png_bytes(plain(2, 2, {1, 2, 3})));
  set.add("a/folder.png/2.png", png_bytes(plain(2, 2, {4, 5, 6})));
  std::filesystem::create_directory(set.path() / "a/empty.png");
  BOOST_TEST(data::read_images(set.path()).size() == 2);
  BOOST_REQUIRE(::mkfifo((set.path() / "a/pipe.png").c_str(), 0600) == 0);
  expect<DataError>([&] { (void)data::read_images(set.path()); },
                    {"a/pipe.png' is named like an image, but is not a regular file"});
}

BOOST_AUTO_TEST_CASE(files_that_may_not_be_read) {
  if (::geteuid() == 0) {
    BOOST_TEST_MESSAGE("skipped: root may read everything");
    return;
  }
  ImageSet set;
  const auto path = set.add("a/1.png", png_bytes(plain(2, 2, {1, 2, 3})));
  std::filesystem::permissions(path, std::filesystem::perms::none);
  expect<FileError>([&] { (void)data::read_images(set.path()); }, {"a/1.png", "Permission denied"});
}

BOOST_AUTO_TEST_CASE(a_file_cut_short_between_reads_is_an_error) {
  ImageSet set;
  for (const bool is_png : {true, false}) {
    const auto path =
        set.add("a/1.png", is_png ? png_bytes(colourful(90, 80)) : jpeg_bytes(colourful(90, 80)));
    const data::Dataset data = data::read_images(set.path());
    BOOST_TEST(pixels(data, 0).size() == 90U * 80 * 3);
    std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
    expect<DataError>([&] { (void)pixels(data, 0); }, {"a/1.png: the ", "damaged or truncated"});
  }
}

BOOST_AUTO_TEST_CASE(a_size_that_is_far_behind_the_start) {
  // 64 KiB are looked at first.
  ImageSet set;
  std::string jpeg = jpeg_bytes(plain(5, 7, {9}));
  for (int i = 0; i < 3; ++i) jpeg = with_jpeg_segment(jpeg, 0xfe, std::string(60'000, 'c'));
  set.add("a/1.jpg", jpeg);
  BOOST_TEST(
      (data::read_images(set.path()).fields()[0].row_shape == std::vector<std::int64_t>{5, 7, 3}));
  BOOST_TEST(data::read_images(set.path()).size() == 1);
}

BOOST_AUTO_TEST_CASE(jpeg_files_of_all_kinds) {
  ImageSet set;
  const Picture picture = plain(6, 9, {200, 100, 50});
  // The EXIF entry says that the camera was turned by 90 degrees (orientation 6).
  const std::string exif =
      std::string("Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0", 32);
  set.add("a/1.jpg", jpeg_bytes(picture));
  set.add("a/2.jpg", jpeg_bytes(picture, TJFLAG_PROGRESSIVE));
  set.add("a/3.jpg", with_jpeg_segment(jpeg_bytes(picture), 0xe1, exif));
  const data::Dataset data = data::read_images(set.path(), {.scale = false});
  BOOST_TEST((data.fields()[0].row_shape == std::vector<std::int64_t>{6, 9, 3}));
  for (const std::int64_t row : {0, 1, 2})
    for (std::size_t c = 0; c < 3; ++c)
      BOOST_TEST(std::abs(pixels(data, row)[c] - picture.values[c]) <= 2.0F);

  const tjhandle handle = tjInitCompress();
  unsigned char* buffer = nullptr;
  unsigned long size = 0;
  const std::vector<std::uint8_t> ink(6 * 9 * 4, 80);
  const int result =
      tjCompress2(handle, ink.data(), 9, 0, 6, TJPF_CMYK, &buffer, &size, TJSAMP_444, 95, 0);
  const std::string cmyk(reinterpret_cast<const char*>(buffer), result == 0 ? size : 0);
  tjFree(buffer);
  tjDestroy(handle);
  set.add("a/4.jpg", cmyk);
  expect<DataError>([&] { (void)data::read_images(set.path()); },
                    {"a/4.jpg: the JPEG file uses CMYK colors", "RGB"});
}

BOOST_AUTO_TEST_SUITE_END()
