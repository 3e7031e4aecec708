# XGBOOST_LIBRARY, XGBOOST_INCLUDE_DIR, XGBoost_VERSION.
find_library(XGBOOST_LIBRARY xgboost)
find_path(XGBOOST_INCLUDE_DIR xgboost/c_api.h)
mark_as_advanced(XGBOOST_LIBRARY XGBOOST_INCLUDE_DIR)
ipet_header_version(XGBoost_VERSION "${XGBOOST_INCLUDE_DIR}/xgboost/version_config.h" "${XGBOOST_LIBRARY}" XGBOOST_VER_MAJOR
                    XGBOOST_VER_MINOR XGBOOST_VER_PATCH)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(XGBoost REQUIRED_VARS XGBOOST_LIBRARY XGBOOST_INCLUDE_DIR VERSION_VAR XGBoost_VERSION
                                  REASON_FAILURE_MESSAGE "install libxgboost-dev")
