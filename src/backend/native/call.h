// Reads the arguments of a call from JavaScript in order. The first that does not fit throws there and marks the
// call as failed; arrays are checked for their length, because the kernels trust it.
#pragma once
#include <node_api.h>

#include <cstdint>
#include <initializer_list>
#include <string>

namespace spiking {

class Call {
 public:
  Call(napi_env env, napi_callback_info info, const char* name) : env_(env), name_(name) {
    if (napi_get_cb_info(env, info, &count_, arguments_, nullptr, nullptr) != napi_ok) fail("its arguments");
  }

  bool failed() const { return failed_; }
  napi_value result() const { return result_; }

  void returns(double value) { result_ = valueOf(value); }
  void returns(bool value) { napi_get_boolean(env_, value, &result_); }
  void returns(const char* text) { napi_create_string_utf8(env_, text, NAPI_AUTO_LENGTH, &result_); }
  void returns(std::initializer_list<double> values) {
    napi_create_array_with_length(env_, values.size(), &result_);
    uint32_t i = 0;
    for (const double value : values) napi_set_element(env_, result_, i++, valueOf(value));
  }

  /** Throws in JavaScript, unless this call has done so before. */
  void refuse(const std::string& message) {
    if (failed_) return;
    failed_ = true;
    napi_throw_range_error(env_, nullptr, (std::string(name_) + ": " + message).c_str());
  }

  double number() { return number(next()); }
  double number(napi_value of) {
    double value = 0;
    if (napi_get_value_double(env_, of, &value) != napi_ok) fail("a number");
    return value;
  }
  int integer() { return static_cast<int>(number()); }
  /** All of an ArrayBuffer. */
  void* bytes(size_t* length) {
    void* data = nullptr;
    if (napi_get_arraybuffer_info(env_, next(), &data, length) != napi_ok) fail("an ArrayBuffer");
    return data;
  }
  bool boolean() {
    bool value = false;
    if (napi_get_value_bool(env_, next(), &value) != napi_ok) fail("a boolean");
    return value;
  }

  float* floats(int64_t length) { return floats(next(), length); }
  float* floats(napi_value of, int64_t length) {
    return static_cast<float*>(array(of, napi_float32_array, "a Float32Array", length));
  }

  const int32_t* integers(int64_t length) {
    return static_cast<const int32_t*>(array(next(), napi_int32_array, "an Int32Array", length));
  }

  napi_value list() {
    const napi_value value = next();
    bool isArray = false;
    napi_is_array(env_, value, &isArray);
    if (!isArray) fail("an array");
    return value;
  }
  uint32_t length(napi_value list) {
    uint32_t count = 0;
    napi_get_array_length(env_, list, &count);
    return count;
  }
  napi_value entry(napi_value list, uint32_t i) {
    napi_value value;
    napi_get_element(env_, list, i, &value);
    return value;
  }
  int64_t sizeOf(napi_value array) {
    size_t length = 0;
    napi_get_typedarray_info(env_, array, nullptr, &length, nullptr, nullptr, nullptr);
    return static_cast<int64_t>(length);
  }
  float* optionalFloats(int64_t length) {
    napi_valuetype type = napi_undefined;
    if (next_ < count_) napi_typeof(env_, arguments_[next_], &type);
    if (type != napi_null && type != napi_undefined) return floats(length);
    next_++;
    return nullptr;
  }

 private:
  static constexpr size_t MOST = 48;

  napi_value valueOf(double value) const {
    napi_value result;
    napi_create_double(env_, value, &result);
    return result;
  }

  napi_value next() {
    napi_value undefined;
    napi_get_undefined(env_, &undefined);
    return next_ < count_ ? arguments_[next_++] : (next_++, undefined);
  }

  void* array(napi_value value, napi_typedarray_type wanted, const char* kind, int64_t length) {
    napi_typedarray_type type;
    size_t actual = 0;
    void* data = nullptr;
    if (napi_get_typedarray_info(env_, value, &type, &actual, &data, nullptr, nullptr) != napi_ok || type != wanted) {
      fail(kind);
    } else if (static_cast<int64_t>(actual) != length) {
      fail(std::string(kind) + " of length " + std::to_string(length) + ", got " + std::to_string(actual));
    }
    return failed_ ? nullptr : data;
  }

  void fail(const std::string& expected) {
    refuse("argument " + std::to_string(next_) + " must be " + expected);
  }

  napi_env env_;
  const char* name_;
  napi_value result_ = nullptr;  // undefined
  napi_value arguments_[MOST];
  size_t count_ = MOST, next_ = 0;
  bool failed_ = false;
};

}  // namespace spiking
