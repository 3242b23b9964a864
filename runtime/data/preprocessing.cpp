#include <foregraph/runtime/data/preprocessing.hpp>
namespace foregraph {
struct Preprocessing::State {};
Preprocessing::Preprocessing() = default;
bool Preprocessing::fitted() const { return true; }
Dataset Preprocessing::encode(const Dataset& d) const { return d; }
void Preprocessing::apply(Sample&) const {}
std::uint64_t Preprocessing::fingerprint() const { return 0; }
std::string Preprocessing::to_json() const { return "{}"; }
Preprocessing Preprocessing::from_json(std::string_view) { return {}; }
std::string difference(const Preprocessing&, const Preprocessing&) { return {}; }
}
