# Debian packages only; each library has one door in the tree (docs/architecture.md).
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
foreach(pkg IN ITEMS libmicrohttpd libwebsockets libuv sqlite3 jansson libjwt libargon2 libcrypto libqrencode libpng
                     libjpeg zbar libcurl cmocka zlib libmongoc-1.0)
  string(TOUPPER "${pkg}" var)
  string(REGEX REPLACE "^LIB|-1.0$" "" var "${var}")
  pkg_check_modules(${var} REQUIRED IMPORTED_TARGET ${pkg})
endforeach()
