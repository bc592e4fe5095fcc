# Warnings, hardening and instrumentation, the same for every target of the house.
add_compile_definitions(_GNU_SOURCE VC_VERSION="${PROJECT_VERSION}")
add_compile_options(-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wvla -Werror -Wstrict-prototypes
                    -Wmissing-prototypes -Wno-unused-parameter
                    -fstack-protector-strong -fno-common -fPIE -fno-omit-frame-pointer)
add_link_options(-pie -Wl,-z,relro,-z,now)
if(CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
  add_compile_options(-D_FORTIFY_SOURCE=2)
endif()
if(VC_SANITIZE)
  add_compile_options(-fsanitize=${VC_SANITIZE} -fno-sanitize-recover=all -O1)
  add_link_options(-fsanitize=${VC_SANITIZE})
endif()
if(VC_COVERAGE)
  add_compile_options(--coverage)
  add_link_options(--coverage)
endif()
if(VC_FUZZ)
  # Libraries report coverage too; only the fuzz programs link the driver (vc_fuzz).
  add_compile_options(-fsanitize=fuzzer-no-link)
  add_link_options(-fsanitize=fuzzer-no-link)
endif()
