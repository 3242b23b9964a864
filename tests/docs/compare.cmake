# Fails unless ${document} is what ${program} prints.

execute_process(COMMAND ${program} OUTPUT_FILE ${printed} RESULT_VARIABLE failed)
if(failed)
  message(FATAL_ERROR "${program} failed: ${failed}")
endif()
execute_process(COMMAND ${CMAKE_COMMAND} -E compare_files ${printed} ${document}
  RESULT_VARIABLE differs)
if(differs)
  message(FATAL_ERROR "${document} is not what the ops say; run scripts/update_docs")
endif()
