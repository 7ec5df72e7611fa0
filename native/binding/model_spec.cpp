#include "model_spec.h"

#include "arguments.h"
#include "environment.h"
#include "objects.h"

namespace gemsbok::binding {
namespace {

class LayerOptions final : public core::LayerParameters {
 public:
  explicit LayerOptions(Napi::Object options) : options_(options) {}
  std::size_t size(const char* name) const override { return get_size(options_, name); }
  double number(const char* name) const override { return to_number(get(options_, name), name); }
  bool flag(const char* name) const override { return get_flag(options_, name); }
  std::vector<double> list(const char* name) const override { return to_numbers(get(options_, name), name); }
  core::Bound<core::ActivationRun> activation(const char* name) const override {
    return to_bound(core::activations(), get(options_, name));
  }

 private:
  Napi::Object options_;
};

std::vector<std::string> to_texts(const Napi::Value& value, const char* name) {
  const Napi::Array list = to_array(value, name);
  std::vector<std::string> texts;
  for (std::uint32_t i = 0; i < list.Length(); ++i) texts.push_back(to_text(list.Get(i), name));
  return texts;
}

std::vector<core::Place> to_places(Napi::Env env, const Napi::Value& value) {
  const Napi::Array list = to_array(value, "places");
  std::vector<core::Place> places;
  for (std::uint32_t i = 0; i < list.Length(); ++i) {
    const Napi::Object place = to_object(list.Get(i), "places");
    const auto& object = unwrap<SegmentObject>(get(place, "segment"), Environment::of(env).segment_class);
    places.push_back({object.segment(), get_size(place, "offset"), object.is_read_only()});
  }
  return places;
}

}  // namespace

std::shared_ptr<core::Model> make_model(Napi::Env env, const Napi::Object& options) {
  std::vector<std::unique_ptr<core::Layer>> layers;
  const Napi::Array specs = to_array(get(options, "layers"), "layers");
  for (std::uint32_t i = 0; i < specs.Length(); ++i) {
    const Napi::Object spec = to_object(specs.Get(i), "layers");
    const auto& entry = core::layers().get(get_text(spec, "type"));
    layers.push_back(entry.run.make(LayerOptions(to_object(get(spec, "parameters"), "parameters"))));
  }
  std::vector<core::Node> nodes;
  const Napi::Array uses = to_array(get(options, "nodes"), "nodes");
  for (std::uint32_t i = 0; i < uses.Length(); ++i) {
    const Napi::Object node = to_object(uses.Get(i), "nodes");
    nodes.push_back({get_size(node, "layer"), to_sizes(get(node, "inputs"), "inputs")});
  }
  return std::make_shared<core::Model>(
      core::Graph(to_sizes(get(options, "inputSizes"), "inputSizes"), std::move(layers), std::move(nodes),
                  to_sizes(get(options, "outputs"), "outputs")),
      core::Names{to_texts(get(options, "layerNames"), "layerNames"),
                  to_texts(get(options, "inputNames"), "inputNames")},
      to_places(env, get(options, "places")));
}

}  // namespace gemsbok::binding
