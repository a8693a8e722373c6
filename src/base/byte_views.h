#ifndef DATAHAUL_BASE_BYTE_VIEWS_H_
#define DATAHAUL_BASE_BYTE_VIEWS_H_

#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace datahaul {

// Bytes that lie in several places, one after the other, as a parameter: what is sent need not be copied together
// first. Owns neither them nor the list of where they are.
class ByteViews {
 public:
  ByteViews() = default;
  ByteViews(const std::vector<std::string_view>& views) : many_(views) {
    for (const std::string_view view : views) size_ += view.size();
  }
  template <typename T>
    requires std::convertible_to<const T&, std::string_view>
  ByteViews(const T& bytes) : one_(bytes), size_(one_.size()) {}

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  std::span<const std::string_view> views() const {
    return many_.empty() ? std::span<const std::string_view>(&one_, 1) : many_;
  }
  // All of them in one place: in `scratch`, unless they are in one already.
  std::string_view In(std::string* scratch) const {
    if (views().size() == 1) return views()[0];
    *scratch = std::string(*this);
    return *scratch;
  }
  explicit operator std::string() const {
    std::string joined;
    joined.reserve(size_);
    for (const std::string_view view : views()) joined += view;
    return joined;
  }

 private:
  std::string_view one_;
  std::span<const std::string_view> many_;
  size_t size_ = 0;
};

}  // namespace datahaul

#endif  // DATAHAUL_BASE_BYTE_VIEWS_H_
