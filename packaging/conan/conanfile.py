"""A recipe for Conan 2 that takes the sources of this working tree.

In its root: conan create packaging/conan
"""
import os

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout
from conan.tools.files import copy, rmdir


class ForegraphConan(ConanFile):
    name = "foregraph"
    version = "0.2.0"
    license = "Apache-2.0"
    description = (
        "Trains and runs neural networks in C++ programs, with the memory of a step planned "
        "before it runs")
    topics = ("neural-network", "machine-learning", "autodiff", "memory-planning")
    package_type = "library"
    settings = "os", "arch", "compiler", "build_type"
    options = {
        "shared": [True, False],
        "with_images": [True, False],
        "with_tools": [True, False],
    }
    default_options = {
        "shared": False,
        "with_images": False,
        "with_tools": False,
        "openblas/*:use_openmp": False,
        "openblas/*:use_thread": True,
    }

    def export_sources(self):
        root = os.path.join(self.recipe_folder, "..", "..")
        for pattern in ("CMakeLists.txt", "LICENSE", "cmake/*", "include/*", "tools/*", "images/*",
                        "onnx/*"):
            copy(self, pattern, root, self.export_sources_folder)
        for room in ("base", "graph", "kernels", "ops", "optim", "autodiff", "nn", "planner",
                     "compile", "runtime", "data", "diagnose", "train"):
            copy(self, room + "/*", root, self.export_sources_folder)

    def layout(self):
        cmake_layout(self)

    def validate(self):
        check_min_cppstd(self, 20)
        if self.settings.os != "Linux":
            raise ConanInvalidConfiguration(f"foregraph needs Linux, this is {self.settings.os}")

    def requirements(self):
        # The headers of xsimd and xtl are included by foregraph's own.
        self.requires("xsimd/8.1.0", transitive_headers=True)
        self.requires("xtl/0.7.5", transitive_headers=True)
        self.requires("xtensor/0.24.3")
        self.requires("xtensor-blas/0.20.0")
        self.requires("openblas/0.3.27")
        self.requires("zlib/[>=1.2.13 <2]")
        self.requires("minizip/1.3.1")
        self.requires("nlohmann_json/3.11.3")
        self.requires("boost/1.84.0", headers=True, libs=False)
        if self.settings.arch == "x86_64":
            self.requires("xbyak/6.73")
        if self.options.with_images:
            self.requires("libpng/[>=1.6.39 <2]")
            self.requires("libjpeg-turbo/3.0.2")
        if self.options.with_tools:
            self.requires("cli11/2.4.1")

    def generate(self):
        CMakeDeps(self).generate()
        toolchain = CMakeToolchain(self)
        for part in ("TESTS", "BENCH", "EXAMPLES"):
            toolchain.variables["FOREGRAPH_BUILD_" + part] = False
        toolchain.variables["FOREGRAPH_BUILD_TOOLS"] = bool(self.options.with_tools)
        toolchain.variables["FOREGRAPH_BOTH_LIBRARIES"] = False
        toolchain.variables["CMAKE_DISABLE_FIND_PACKAGE_PNG"] = not self.options.with_images
        toolchain.generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))
        CMake(self).install()
        rmdir(self, os.path.join(self.package_folder, "share"))

    def package_info(self):
        # The package's own CMake files, which have the options that models in the compiler need.
        self.cpp_info.set_property("cmake_find_mode", "none")
        self.cpp_info.builddirs = [os.path.join("lib", "cmake", "foregraph")]
        self.cpp_info.libs = ["foregraph"]
        self.cpp_info.system_libs = ["pthread"]
