# For node-gyp and prebuildify. It only calls the one build, which CMakeLists.txt describes.
{ "targets": [{ "target_name": "gemsbok", "type": "none", "actions": [{
    "action_name": "cmake", "inputs": ["CMakeLists.txt"], "outputs": ["<(PRODUCT_DIR)/gemsbok.node"],
    "action": ["node", "scripts/build.mjs", "<(PRODUCT_DIR)"] }] }] }
