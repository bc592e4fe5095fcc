# cmake -DFILES=a.sql;b.sql -DOUT=file.c -P embed.cmake: the migrations, in order, as C strings.
set(arrays "")
set(rows "")
set(n 0)
foreach(file IN LISTS FILES)
  file(READ ${file} hex HEX)
  string(REGEX REPLACE "(................................)" "\\1\n" hex "${hex}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," hex "${hex}")
  string(APPEND arrays "static const char sql${n}[] = {\n${hex}0};\n")
  string(APPEND rows "sql${n}, ")
  math(EXPR n "${n} + 1")
endforeach()
file(WRITE ${OUT} "#include \"store/sqlite/sqlite_migrate.h\"\n\n${arrays}\n"
     "const char *const sqlite_migrations[] = {${rows}};\nconst int sqlite_migrations_count = ${n};\n")
