# What `cmake --install` and `cpack` take, and the CMake package `ipet`, installed or of a build (BUILD/lib/cmake/ipet).
# Everything finds everything else from where it is itself, so that the whole can be moved.
set(ipet_library_folder ${CMAKE_INSTALL_LIBDIR}/ipet)
set(ipet_share_folder ${CMAKE_INSTALL_DATADIR}/ipet)
set(ipet_package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/ipet)

# Libraries that plugins are made of, with their headers. What only the program needs stays here.
list(REMOVE_ITEM libraries ipet_catalog ipet_cli ipet_definition ipet_plan ipet_run)
foreach(library IN LISTS libraries)
  get_target_property(folder ${library} SOURCE_DIR)
  file(RELATIVE_PATH place ${CMAKE_SOURCE_DIR} ${folder})
  file(GLOB headers CONFIGURE_DEPENDS ${folder}/*.hpp)
  install(FILES ${headers} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/ipet/${place})
endforeach()
foreach(target IN LISTS libraries ITEMS ipet_process ipet ipet_flags ipet_tins ipet_zstd ipet_lz4 ipet_xxhash ipet_hwy ipet_hdf5
                                        ipet_torch ipet_xgboost)
  string(REGEX REPLACE "^ipet_" "" name ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
endforeach()
install(TARGETS ${libraries} ipet_process ipet_flags ipet_tins ipet_zstd ipet_lz4 ipet_xxhash ipet_hwy ipet_hdf5 ipet_torch
                ipet_xgboost EXPORT ipet DESTINATION ${ipet_library_folder})
install(TARGETS ipet EXPORT ipet DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES ${CMAKE_SOURCE_DIR}/stages/process/one.hpp DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/ipet/stages/process)
# Options that attackers with a table model have in common.
install(FILES ${CMAKE_SOURCE_DIR}/plugins/shared/table_attacker_options.hpp
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/ipet/plugins/shared)
install(TARGETS ipet-walk-hdf5 DESTINATION ${ipet_library_folder})
install(FILES ${CMAKE_BINARY_DIR}/bin/plugins/known.tsv ${CMAKE_BINARY_DIR}/bin/plugins/libraries.tsv
        DESTINATION ${ipet_library_folder}/plugins)
install(DIRECTORY pipelines datasets DESTINATION ${ipet_share_folder})
install(DIRECTORY plugins/templates DESTINATION ${ipet_share_folder})
install(FILES README.md LICENSE CHANGELOG.md CITATION.cff DESTINATION ${CMAKE_INSTALL_DOCDIR})

include(CMakePackageConfigHelpers)
string(REGEX MATCH "^[0-9]+" IPET_COMPILER_MAJOR ${CMAKE_CXX_COMPILER_VERSION})
configure_package_config_file(pipeline/cmake/ipet-config.cmake.in ${CMAKE_BINARY_DIR}/${ipet_package_folder}/ipet-config.cmake
                              INSTALL_DESTINATION ${ipet_package_folder})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/${ipet_package_folder}/ipet-config-version.cmake COMPATIBILITY SameMinorVersion)
configure_file(pipeline/cmake/plugins.cmake ${CMAKE_BINARY_DIR}/${ipet_package_folder}/plugins.cmake COPYONLY)
install(DIRECTORY ${CMAKE_BINARY_DIR}/${ipet_package_folder}/ DESTINATION ${ipet_package_folder}
        FILES_MATCHING PATTERN "ipet-config*.cmake" PATTERN "plugins.cmake")
install(EXPORT ipet NAMESPACE ipet:: FILE ipet-targets.cmake DESTINATION ${ipet_package_folder})
export(EXPORT ipet NAMESPACE ipet:: FILE ${CMAKE_BINARY_DIR}/${ipet_package_folder}/ipet-targets.cmake)
# The program of a build finds them where an installed one does.
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/${ipet_share_folder})
foreach(folder IN ITEMS datasets pipelines plugins/templates)
  get_filename_component(name ${folder} NAME)
  file(CREATE_LINK ${CMAKE_SOURCE_DIR}/${folder} ${CMAKE_BINARY_DIR}/${ipet_share_folder}/${name} SYMBOLIC)
endforeach()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "The ipet developers")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Traffic perturbations against fingerprinting of smart-home devices, as pipelines")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${CMAKE_BINARY_DIR}/bin)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "gnuplot-nox, libopenblas0-pthread")
# For plugins of one's own.
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "g++, cmake, libtbb-dev, libtorch-dev, graphviz")
set(CPACK_STRIP_FILES ON)
include(CPack)
