# `cpack --config build/release/CPackConfig.cmake -G DEB`, or scripts/package.sh: the Debian package.

include(GNUInstallDirs)
# As root installs it, whatever CMAKE_INSTALL_PREFIX is.
set(CPACK_PACKAGING_INSTALL_PREFIX "/usr")
set(CPACK_INSTALL_PREFIX "/usr")
set(sp_doc share/doc/sql-proxy)

# Debian wants these compressed, and always to the same bytes.
function(sp_compress source target)
  execute_process(COMMAND gzip -9nc ${CMAKE_SOURCE_DIR}/${source} OUTPUT_FILE ${CMAKE_BINARY_DIR}/package/${target}
                  COMMAND_ERROR_IS_FATAL ANY)
  set_property(DIRECTORY ${CMAKE_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
endfunction()
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/package)
sp_compress(packaging/sql-proxy.1 sql-proxy.1.gz)
sp_compress(packaging/debian/changelog changelog.Debian.gz)
sp_compress(CHANGELOG.md changelog.gz)

install(FILES ${CMAKE_BINARY_DIR}/package/sql-proxy.1.gz DESTINATION share/man/man1)
install(FILES ${CMAKE_BINARY_DIR}/package/changelog.Debian.gz ${CMAKE_BINARY_DIR}/package/changelog.gz
        DESTINATION ${sp_doc})
install(FILES packaging/systemd/sql-proxy.service packaging/systemd/sql-proxy.socket
        DESTINATION /lib/systemd/system)
install(FILES packaging/systemd/sql-proxy.sysusers DESTINATION lib/sysusers.d RENAME sql-proxy.conf)
install(FILES packaging/systemd/sql-proxy.toml DESTINATION /etc/sql-proxy)
install(FILES conf/sql-proxy.toml conf/minimal.toml conf/policies-example.toml
              packaging/prometheus/alerts.yaml packaging/grafana/sql-proxy.json
        DESTINATION ${sp_doc}/examples)
install(FILES README.md DESTINATION ${sp_doc})
install(DIRECTORY docs DESTINATION ${sp_doc} PATTERN "adr" EXCLUDE)
install(FILES packaging/debian/copyright DESTINATION ${sp_doc})

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME sql-proxy)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "The sql-proxy authors <sql-proxy@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "PostgreSQL proxy that judges and audits every statement")
set(CPACK_STRIP_FILES ON)
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION database)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "ca-certificates")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "postgresql-client")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"Clients connect to sql-proxy as to PostgreSQL. Each statement is read, judged
 by a policy of users, databases, schemas, tables and statement types, and
 written to a tamper-evident audit. Server connections are pooled, and limits
 and circuit breakers keep tenants from one another.")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    ${CMAKE_SOURCE_DIR}/packaging/debian/postinst ${CMAKE_SOURCE_DIR}/packaging/debian/prerm
    ${CMAKE_SOURCE_DIR}/packaging/debian/postrm ${CMAKE_SOURCE_DIR}/packaging/debian/conffiles)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

include(CPack)
